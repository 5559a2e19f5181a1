import { RIGHTS } from "./credentials.ts"
import type { Kept, Live, Work } from "./engine.ts"
import { isRevoked, type Marks } from "./marks.ts"
import type { Settings } from "./options.ts"
import type { Found } from "./record.ts"
import type { Store } from "./store.ts"
import { isSuccessionDue } from "./succession.ts"
import { liveIn, type TokenLive } from "./token-live.ts"
import type { TokenRecords } from "./token-records.ts"

/** What a commit is carried out with. */
export interface KeeperParts {
  readonly store: Store
  readonly records: TokenRecords
  readonly marks: Marks | undefined
  readonly settings: Settings
}

/** Carries out what a commit decided. */
export function tokenKeeper({ store, records, marks, settings }: KeeperParts): (work: Work) => Promise<Kept> {
  const { create, change, end, endAlone } = records

  /** Ends a session for a request that may; a copy may have said so to one that its source no longer lets. */
  function endAsPresented(live: Live): Promise<boolean> {
    const { found, claim } = live as TokenLive
    const mayEnd = (latest: Found): boolean =>
      RIGHTS[liveIn(latest, claim, settings)?.verdict ?? "wrong"].ends
    return end(found, found.isCopy ? mayEnd : undefined)
  }

  /** Ends a session unless somebody has signed in to it since. */
  function endAsLoaded({ found, claim, credentials }: TokenLive): Promise<boolean> {
    return end(
      found,
      (latest) => liveIn(latest, claim, settings)?.credentials.generation === credentials.generation,
    )
  }

  /** Lets somebody sign in, unless their sessions were revoked meanwhile. */
  async function signIn(work: Work, write: () => Promise<Kept>): Promise<Kept> {
    const before = await work.mark
    const kept = await write()
    if (!marks || before === undefined) return kept
    const { id, userId, found } = kept.live as TokenLive
    // A revocation spares what the request knew its session by, also where the login began another.
    const known = [id, ...(work.live ? [work.live.id] : [])]
    // What did not count leaves the session that it came with as it was.
    const takeBack = work.live && work.live.id !== id ? endAlone : end
    try {
      if (!isRevoked(before, await marks.read(userId!), known)) return kept
    } catch (error) {
      await takeBack(found).catch(() => {}) // what can't be told from a revoked login does not count
      throw error
    }
    await takeBack(found)
    return ENDED
  }

  /** In the session's own record where that can be, else in a new one. */
  async function login(work: Work): Promise<Kept> {
    for (const live of work.ends) await endAsLoaded(live as TokenLive)
    if (!work.live) return create(work.newId(), work.begin(true))
    const kept = await change(work, "login")
    if (!kept.isEnded) return kept
    return create(work.newId(), work.begin(kept.apart?.takesLoaded ?? false), kept.apart?.left)
  }

  async function touch(work: Work): Promise<Kept> {
    const live = work.live as TokenLive
    const { found, verdict, claim, id } = live
    if (work.hasPendingToken || isSuccessionDue(live, settings, Date.now())) return change(work, "use")
    if (!(await store.touch(id, work.expiresAt, found.version))) return change(work, "use", "overtaken")
    return { live, token: verdict === "current" ? claim.token : undefined }
  }

  async function endThen(work: Work): Promise<Kept> {
    for (const live of work.ends) await endAsPresented(live)
    if (work.write === "delete") return {}
    return signIn(work, () => create(work.newId(), work.begin(true)))
  }

  return (work) => {
    switch (work.write) {
      case "touch":
        return touch(work)
      case "replace":
        return change(work, "use")
      case "rotate":
        return change(work, "rotate")
      case "login":
        return signIn(work, () => login(work))
      case "create":
        return create(work.newId(), work.begin(true))
      case "delete":
      case "restart":
        return endThen(work)
    }
  }
}

const ENDED: Kept = { isEnded: true }
