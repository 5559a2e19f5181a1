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
import { liveIn, NOBODY, type Presented, type Sight, see, type TokenLive } from "./token-live.ts"
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
  async function accessOf({ verdict, live }: Sight): Promise<Access> {
    if (verdict === "closed" && live) {
      tell(settings.observe, { type: "reused", sessionId: live.id, userId: live.userId })
      if (settings.endsOnReuse) await records.end(live.found)
    }
    const { opens, ends, isQuiet } = RIGHTS[verdict]
    return {
      live: opens ? live : undefined,
      endable: ends ? live : undefined,
      isQuiet,
      rank: verdict === "current" ? 1 : 0,
    }
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

    async find(token) {
      const presented: Presented = { ...tokens.claimOf(token), token }
      const found = ifLive(await store.read(presented.id))
      const sight = see(found, presented, settings)
      // Whatever is not the current secret of a copy may be that of its source.
      if (found?.isCopy && sight.verdict !== "current")
        return accessOf(see(await register.read(presented.id), presented, settings))
      return accessOf(sight)
    },
  }
}
