import { RIGHTS } from "./credentials.ts"
import { directoryOf } from "./directory.ts"
import type { Access, Engine } from "./engine.ts"
import { tell } from "./events.ts"
import { isMarkId, marksIn } from "./marks.ts"
import type { Settings } from "./options.ts"
import { registerOf } from "./register.ts"
import type { Store, UserIndex } from "./store.ts"
import { isSuccessionDue } from "./succession.ts"
import { newId, type TokenScheme } from "./token.ts"
import { tokenKeeper } from "./token-keeper.ts"
import { liveIn, NO_CLAIM, type Sight, see, type TokenLive } from "./token-live.ts"
import { tokenRecords } from "./token-records.ts"

/**
 * The engine whose tokens are `<id>.<secret>`: the id names a record in the store for the life of the session, and the
 * secret proves the right to it. A login, a rotation and a renewal are one compare-and-swap on that record.
 */
export function tokenEngine(
  store: Store & Partial<UserIndex>,
  settings: Settings,
  tokens: TokenScheme,
): Engine {
  const register = registerOf(store)
  const marks = store.listByUser && marksIn(store)
  const records = tokenRecords(register, settings)

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
      liveIn: (found) => liveIn(found, NO_CLAIM, settings),
      isSession: ({ record: { id } }) => !isMarkId(id),
      end: records.end,
    }),

    find(token) {
      const claim = tokens.claimOf(token)
      return store.read(claim.id).then((found) => {
        const sight = see(found, claim, settings)
        if (!found?.isCopy || sight.verdict === "current") return accessOf(sight)
        // Whatever is not the current secret of a copy may be that of its source.
        return register.read(claim.id).then((there) => accessOf(see(there, claim, settings)))
      })
    },

    async noteReuse(live) {
      const { id, userId, found, claim } = live as TokenLive
      tell(settings.observe, { type: "reused", sessionId: id, userId })
      if (!settings.endsOnReuse) return
      await records.end(found, (latest) => liveIn(latest, claim, settings)?.verdict === "closed")
    },
  }
}

/** What a secret gets, once the source has said what it is. */
function accessOf({ verdict, live }: Sight): Access {
  const { opens, ends, isQuiet } = RIGHTS[verdict]
  return {
    live: opens ? live : undefined,
    endable: ends ? live : undefined,
    reused: verdict === "closed" ? live : undefined,
    leftId: opens ? live?.credentials.left?.id : undefined,
    isQuiet,
    rank: verdict === "current" ? 1 : 0,
  }
}
