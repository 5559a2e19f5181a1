import type { Directory, Live } from "./engine.ts"
import type { Marks } from "./marks.ts"
import type { Found, SessionRecord } from "./record.ts"
import type { Register } from "./register.ts"
import type { Store, UserIndex } from "./store.ts"

/** What a directory needs of the engine that keeps the sessions. */
export interface DirectoryParts {
  readonly store: Store & Partial<UserIndex>
  readonly register: Register
  readonly marks: Marks | undefined
  /** The live session in a record; `undefined` for one that is over by these settings, or that can't be read. */
  liveIn(found: Found): Live | undefined
  /** Whether a session lies there at all, be it over or unreadable for this process. */
  isSession(found: Found): boolean
  /** Ends the session in a record while it `isWanted`; `false` when there is none to end. */
  end(found: Found, isWanted: (latest: Found) => boolean): Promise<boolean>
}

/** The sessions in a store. */
export function directoryOf({ store, register, marks, liveIn, isSession, end }: DirectoryParts): Directory {
  async function find(id: string): Promise<Live | undefined> {
    const found = await register.read(id)
    return found && liveIn(found)
  }

  /** Ends whatever session lies there: others may have settings by which it is live, or a version that can read it. */
  async function revokeWhile(id: string, isWanted: (latest: Found) => boolean): Promise<boolean> {
    const found = await register.read(id)
    return found !== undefined && isSession(found) && end(found, isWanted)
  }

  function listByUser(userId: string, what: string): Promise<SessionRecord[]> {
    if (store.listByUser) return store.listByUser(userId)
    throw new TypeError(`These sessions can't be ${what} by user: their store has no listByUser()`)
  }

  return {
    find,
    revoke: (id) => revokeWhile(id, () => true),
    clearExpired: store.clearExpired,

    async list(userId) {
      const records = await listByUser(userId, "listed")
      return records.flatMap((record) => liveIn({ record, version: "" }) ?? [])
    },

    async revokeUser(userId, except) {
      const failures: unknown[] = []
      const note = (error: unknown): false => {
        failures.push(error)
        return false
      }
      // The mark comes first: a login that reads it too early to be stopped by it is in the list by then.
      await marks?.change(userId, except).catch(note)
      const isTheirs = ({ record }: Found): boolean => record.userId === userId
      const ids = (await listByUser(userId, "revoked")).map(({ id }) => id).filter((id) => id !== except)
      let ended = 0
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        const some = ids.slice(from, from + AT_ONCE)
        const answers = await Promise.all(some.map((id) => revokeWhile(id, isTheirs).catch(note)))
        ended += answers.filter(Boolean).length
      }
      // What could be ended has been, also where the store had no room for the mark; but that is
      // less than was asked for.
      if (failures.length > 0) throw failures[0]
      return ended
    },
  }
}

/** How many sessions are ended side by side. */
const AT_ONCE = 20
