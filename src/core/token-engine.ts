import { RIGHTS } from "./credentials.ts"
import { directoryOf } from "./directory.ts"
import type { Access, Engine } from "./engine.ts"
import { tell } from "./events.ts"
import { marksIn } from "./marks.ts"
import type { Settings } from "./options.ts"
import { ifLive, registerOf } from "./register.ts"
import type { Store, UserIndex } from "./store.ts"
import { isSuccessionDue } from "./succession.ts"
import { newId, type TokenScheme } from "./token.ts"
import { tokenKeeper } from "./token-keeper.ts"
import { liveIn, NOBODY, type Sight, see, type TokenLive } from "./token-live.ts"
import { tokenRecords } from "./token-records.ts"

/**
 * The engine whose tokens are `<id>.<secret>`: the id names a record in the store for the life of the session, and the secret
 * proves the right to it. A login, a rotation and a renewal are one compare-and-swap on that record.
 */
export function tokenEngine(
  store: Store & Partial<UserIndex>,
  settings: Settings,
  tokens: TokenScheme,
): Engine {
  const register = registerOf(store)
  const marks = store.listByUser && marksIn(store)
  const records = tokenRecords(store, register, settings)

  /** What a secret gets, once the source has said what it is. */
  function accessOf(sight: Sight): Access | Promise<Access> {
    const { verdict, live } = sight
    const { opens, ends, isQuiet } = RIGHTS[verdict]
    const access = {
      live: opens ? live : undefined,
      endable: ends ? live : undefined,
      isQuiet,
      rank: verdict === "current" ? 1 : 0,
    }
    if (verdict !== "closed" || !live) return access
    tell(settings.observe, { type: "reused", sessionId: live.id, userId: live.userId })
    return settings.endsOnReuse ? records.end(live.found).then(() => access) : access
  }

  return {
    isShared: true,
    isWellFormed: tokens.isWellFormed,
    newId,
    isDue: (live, hasPendingToken) =>
      hasPendingToken || isSuccessionDue(live as TokenLive, settings, Date.now()),
    ...(marks && { mark: marks.read }),
    keep: tokenKeeper({ store, records, marks, settings }),
    directory: directoryOf({
      store,
      register,
      marks,
      liveIn: (found) => liveIn(found, NOBODY, settings),
      end: records.end,
    }),

    find(token) {
      const presented = tokens.claimOf(token)
      return store.read(presented.id).then((found) => {
        const sight = see(ifLive(found), presented, settings)
        if (!found?.isCopy || sight.verdict === "current") return accessOf(sight)
        // Whatever is not the current secret of a copy may be that of its source.
        return register.read(presented.id).then((there) => accessOf(see(there, presented, settings)))
      })
    },
  }
}
