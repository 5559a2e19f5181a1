import type { Work } from "./engine.ts"
import type { Found, SessionRecord } from "./record.ts"

/** Several requests' changes of one session, written as one. */
export interface JointWrite {
  /** Whether nobody else may take part: all drafts are made in one go, during which nothing else goes on. */
  readonly isFull: boolean
  /** Takes part. What is written, as far as this one knows it; `undefined` when the session is gone. */
  join(work: Pick<Work, "draft" | "size">): Promise<Found | undefined>
  /** What all together make of `latest`, in the order they came. A draft that throws is left out, and only its own request fails. */
  draft: Work["draft"]
  /** Tells everybody what was written. */
  settle(written: Found | undefined): void
  /** Tells everybody that it could not be written. */
  fail(error: unknown): void
}

interface Member {
  readonly draft: Work["draft"]
  readonly resolve: (found: Found | undefined) => void
  readonly reject: (error: unknown) => void
  /** The record after this one's change. */
  after: SessionRecord | undefined
  error: unknown
  hasFailed: boolean
}

/**
 * A write that nobody takes part in yet. What it tells somebody whose change others have changed further is put into `behind`: it
 * is not what lies in the store.
 */
export function jointWrite(behind: WeakSet<Found>): JointWrite {
  const members: Member[] = []
  let drafted = 0

  return {
    get isFull() {
      return drafted >= MAX_DRAFTED
    },

    join({ draft, size }) {
      drafted += size
      return new Promise((resolve, reject) => {
        members.push({ draft, resolve, reject, after: undefined, error: undefined, hasFailed: false })
      })
    },

    draft(latest) {
      let current = latest
      let hasEnded = false
      for (const member of members) {
        member.hasFailed = false
        member.after = undefined
        // Somebody brought its end forward: for those who come after that, it is gone.
        if (hasEnded) continue
        try {
          const next = member.draft(current)
          if (next) current = { record: { ...next, id: latest!.record.id }, version: latest!.version }
        } catch (error) {
          member.hasFailed = true
          member.error = error
        }
        member.after = current?.record
        hasEnded = current !== latest && current!.record.expiresAt <= Date.now()
      }
      return current === latest ? undefined : current?.record
    },

    settle(written) {
      for (const { resolve, reject, after, error, hasFailed } of members)
        if (hasFailed) reject(error)
        else if (!written || !after) resolve(undefined)
        else if (isSame(after, written.record)) resolve(written)
        else {
          const found = { record: after, version: written.version }
          behind.add(found)
          resolve(found)
        }
    },

    fail(error) {
      for (const { reject } of members) reject(error)
    },
  }
}

/** Characters of data that are drafted in one go: some ten milliseconds of work. */
const MAX_DRAFTED = 1_000_000

function isSame(one: SessionRecord, other: SessionRecord): boolean {
  return one.payload === other.payload && one.expiresAt === other.expiresAt && one.userId === other.userId
}
