import { type Codec, isUnread } from "./codec.ts"
import { directoryOf } from "./directory.ts"
import type { Engine, Kept, Work } from "./engine.ts"
import type { ForeignLive } from "./foreign-live.ts"
import { moverOf } from "./foreign-move.ts"
import { foreignRecords } from "./foreign-records.ts"
import type { Settings } from "./options.ts"
import type { Found } from "./record.ts"
import { registerOf } from "./register.ts"
import type { Renames, Store } from "./store.ts"

/** The tokens of other software, each of which is the key of its record. */
export interface ForeignTokens {
  isWellFormed(value: string): boolean
  /** A new one that nobody can guess. */
  create(): string
}

/**
 * The engine for stores that are shared with other software, where the token is the record's key. With a new token
 * the record gets a new key (`foreign-move.ts`). So it can't keep what `tokenEngine` keeps:
 * a request that sets out with the old token is nobody's as soon as the new one is there, and a logout that
 * meets a rotation may miss it.
 */
export function foreignEngine(
  store: Store & Partial<Renames>,
  codec: Codec,
  settings: Settings,
  tokens: ForeignTokens,
): Engine {
  const register = registerOf(store)
  const records = foreignRecords(register, codec, settings, tokens.create)
  const { look, create, change, end } = records
  const move = moverOf(store, register, records)

  function liveIn(found: Found): ForeignLive | undefined {
    const seen = look(found)
    return isUnread(seen) ? undefined : seen
  }

  async function touch(work: Work): Promise<Kept> {
    const { id, found } = work.live as ForeignLive
    const isTouched = await store.touch(id, work.expiresAt, found.version)
    return isTouched ? { live: work.live, token: id } : change(work)
  }

  return {
    isShared: true,
    isWellFormed: tokens.isWellFormed,
    newId: tokens.create,
    isDue: (_, hasPendingToken) => hasPendingToken,
    directory: directoryOf({ store, register, marks: undefined, liveIn, isSession: () => true, end }),

    async find(token) {
      const found = await store.read(token)
      const live = found && look(found)
      if (isUnread(live)) return { isQuiet: settings.keepsUnread, rank: 0, unread: live.unread }
      return { live, endable: live, isQuiet: false, rank: 0 }
    },

    async keep(work) {
      const { live } = work
      for (const each of work.ends) await end((each as ForeignLive).found)
      switch (work.write) {
        case "delete":
          return {}
        case "touch":
          return touch(work)
        case "replace":
          return change(work)
        case "rotate":
        case "login":
          return live ? move(work) : create(work.newId(), work.begin(true))
        case "create":
        case "restart":
          return create(work.newId(), work.begin(true))
      }
    },
  }
}
