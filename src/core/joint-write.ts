import type { SessionRecord } from "./record.ts"
import { REREAD, type Rewrite, type Swapped } from "./register.ts"

/** A request that takes part in a write. */
export interface Member {
  /** What the request makes of the record. */
  readonly draft: Rewrite
  /** About how many characters of data `draft` works through. */
  readonly size: number
}

/** What a member's write came to. */
export interface Written {
  /** The record by now; `undefined` when it is gone. */
  readonly found: Swapped | undefined
  /** Others have changed it further, in the same write. */
  readonly isOvertaken: boolean
}

/** Several requests' changes of one record, written as one. */
export interface JointWrite {
  /** Whether nobody else may take part: all drafts are made in one go, during which nothing else goes on. */
  readonly isFull: boolean
  /** How many characters of data all drafts work through. */
  readonly size: number
  join(member: Member): Promise<Written>
  /**
   * What all together make of the record, in the order they came. A draft that throws is left out, and
   * only its own request fails.
   */
  readonly draft: Rewrite
  /** Tells everybody what was written. */
  resolve(found: Swapped | undefined): void
  /** Tells everybody that it could not be written. */
  reject(error: unknown): void
}

interface Place extends Member {
  readonly resolve: (written: Written) => void
  readonly reject: (error: unknown) => void
  /** The record after this one's change; `undefined` when the change could not be made. */
  after: SessionRecord | undefined
  failure: { readonly error: unknown } | undefined
}

/** A write that nobody takes part in yet. */
export function jointWrite(): JointWrite {
  const places: Place[] = []
  let drafted = 0

  return {
    get isFull() {
      return drafted >= MAX_DRAFTED
    },

    get size() {
      return drafted
    },

    join(member) {
      drafted += member.size
      return new Promise((resolve, reject) => {
        places.push({ ...member, resolve, reject, after: undefined, failure: undefined })
      })
    },

    draft(latest, isFresh) {
      let current = latest
      for (const place of places) {
        place.failure = place.after = undefined
        try {
          const next = place.draft(current, isFresh)
          if (next === REREAD) return REREAD
          if (next) current = { record: { ...next, id: latest.record.id }, version: latest.version }
        } catch (error) {
          place.failure = { error }
        }
        place.after = current.record
      }
      return current === latest ? undefined : current.record
    },

    resolve(found) {
      for (const { resolve, reject, after, failure } of places)
        if (failure) reject(failure.error)
        else if (!found || !after) resolve({ found: undefined, isOvertaken: false })
        else resolve({ found, isOvertaken: !isSame(after, found.record) })
    },

    reject(error) {
      for (const place of places) place.reject(error)
    },
  }
}

function isSame(one: SessionRecord, other: SessionRecord): boolean {
  return one.payload === other.payload && one.expiresAt === other.expiresAt && one.userId === other.userId
}

/** Characters of data that are drafted in one go: some ten milliseconds of work. */
const MAX_DRAFTED = 1_000_000
