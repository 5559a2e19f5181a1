import { hash, randomBytes } from "node:crypto"
import { FRESH, ifLive, MAX_ATTEMPTS, overtaken, pause } from "./register.ts"
import type { Store } from "./store.ts"

/**
 * The marks that revocations leave: a record for each user whose sessions were revoked in the last day, with a value
 * that every revocation changes. A login reads it before it writes its session and after that; if it has changed, the
 * login came too late. Values are compared and not instants, so that clocks may differ.
 */
export interface Marks {
  /** The mark as it lies there; `""` when there is none. */
  read(userId: string): Promise<string>
  /** Changes the mark. Logins of the session `except` go on. */
  change(userId: string, except: string | undefined): Promise<void>
}

export function marksIn(store: Store): Marks {
  return {
    async read(userId) {
      return ifLive(await store.read(markId(userId), FRESH))?.record.payload ?? ""
    },

    async change(userId, except = "") {
      const id = markId(userId)
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const found = ifLive(await store.read(id, FRESH))
        const before = nonceOf(found?.record.payload ?? "")
        const payload = `${randomBytes(16).toString("hex")} ${before} ${except}`
        const record = { id, userId: null, payload, expiresAt: Date.now() + LIFE }
        const version = found ? await store.replace(record, found.version) : await store.create(record)
        if (version !== undefined) return
        await pause(attempt)
      }
      throw overtaken()
    },
  }
}

/**
 * Whether the user's sessions were revoked between two looks at the mark, and with them the login of the
 * session that is known by these ids. A mark that has run out since says nothing; nor does one revocation that
 * was told to spare this session.
 */
export function isRevoked(before: string, after: string, ids: readonly string[]): boolean {
  if (after === "" || after === before) return false
  const [, previous, except = ""] = after.split(" ")
  return !(ids.includes(except) && previous === nonceOf(before))
}

function nonceOf(mark: string): string {
  return mark.split(" ", 1)[0]!
}

/** Twice as long as an id of a session, so that none is ever taken for the other. */
function markId(userId: string): string {
  return hash("sha256", `holdfast mark ${userId}`)
}

/** Whether it is the id of a mark. */
export function isMarkId(id: string): boolean {
  return id.length === 64
}

/** How long a mark lives, in milliseconds: longer than any login takes. */
const LIFE = 86_400_000
