import { firstCredentials, RIGHTS, WINDOW } from "./credentials.ts"
import type { Draft, Kept, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import { isRevoked, type Marks } from "./marks.ts"
import type { Settings } from "./options.ts"
import { endedUntil, tombstone } from "./payload.ts"
import type { Found } from "./record.ts"
import { REREAD, type Register } from "./register.ts"
import type { Store } from "./store.ts"
import { isSuccessionDue, type Succession, type Wish } from "./succession.ts"
import { issueToken, newId } from "./token.ts"
import { liveIn, type Presented, type TokenLive } from "./token-live.ts"
import { type Attempt, attempt, recordOf } from "./token-writes.ts"
import { takeTurns } from "./turns.ts"

/** What writes the records of sessions. */
export interface TokenKeeper {
  /** Carries out what a commit decided. */
  keep(work: Work): Promise<Kept>
  /** Leaves a tombstone in a session's place while it `isWanted`; `false` when it had ended before. */
  end(found: Found, isWanted?: (latest: Found) => boolean): Promise<boolean>
}

/** What it writes with. */
export interface KeeperParts {
  readonly store: Store
  readonly register: Register
  readonly marks: Marks | undefined
  readonly settings: Settings
}

export function tokenKeeper({ store, register, marks, settings }: KeeperParts): TokenKeeper {
  const turns = takeTurns(register)

  function end(found: Found, isWanted: (latest: Found) => boolean = () => true): Promise<boolean> {
    const until = Date.now() + WINDOW
    const grave = { userId: null, payload: tombstone(until), expiresAt: until }
    const isLive = (latest: Found): boolean =>
      endedUntil(latest.record.payload) === undefined && isWanted(latest)
    return turns.alone(found, (latest) => register.end(latest, grave, isLive))
  }

  /** Ends a session unless somebody has signed in to it since. */
  function endAsLoaded({ found, presented, credentials }: TokenLive): Promise<boolean> {
    return end(
      found,
      (latest) => liveIn(latest, presented, settings)?.credentials.generation === credentials.generation,
    )
  }

  /** Writes to the record that the request knows. */
  async function change(work: Work, wish: Wish): Promise<Kept | Lost> {
    const { presented, found: first } = work.live as TokenLive
    let last: Attempt | undefined
    const { found, isOvertaken } = await turns.write(first, {
      size: work.size,
      draft(latest, isFresh) {
        last = attempt(work, wish, latest, isFresh, settings)
        return last.is === "unsure" ? REREAD : last.is === "right" ? last.record : undefined
      },
    })
    if (found && last?.is === "right") {
      const kept = keptIn(found, last.draft, last.succession, presented, isOvertaken)
      return isOvertaken ? withLiveToken(kept, found) : kept
    }
    return { isLost: true, takesLoaded: found !== undefined && last?.is === "apart" && last.takesLoaded }
  }

  /** Without its token, if somebody in the same write has superseded that for good. */
  function withLiveToken(kept: Kept, found: Found): Kept {
    const latest = liveIn(found, (kept.live as TokenLive).presented, settings)
    return latest && RIGHTS[latest.verdict].opens ? kept : { ...kept, token: undefined }
  }

  async function create(id: string, draft: Draft): Promise<Kept> {
    for (let wanted = id, attempts = 0; attempts < 3; wanted = newId(), attempts++) {
      const issued = issueToken(wanted)
      const credentials = firstCredentials(issued.proof, draft.userId !== null, Date.now())
      const record = { ...recordOf(draft, credentials, settings), id: issued.id }
      const version = await store.create(record)
      const succession = { credentials, token: issued.token, isNewToken: true }
      if (version !== undefined) return keptIn({ record, version }, draft, succession, issued, false)
    }
    throw new SessionError("ERR_SESSION_CONFLICT", "No free session id was found in 3 tries")
  }

  /** Lets somebody sign in, unless their sessions were revoked meanwhile. */
  async function signIn(work: Work, write: () => Promise<Kept>): Promise<Kept> {
    const before = await work.mark
    const kept = await write()
    if (!marks || before === undefined) return kept
    const { id, userId, found } = kept.live as TokenLive
    if (!isRevoked(before, await marks.read(userId!), id)) return kept
    await end(found)
    return ENDED
  }

  /** In the session's own record where that can be, else in a new one. */
  async function login(work: Work): Promise<Kept> {
    for (const live of work.ends) await endAsLoaded(live as TokenLive)
    if (!work.live) return create(work.id, work.begin(true))
    const kept = await change(work, "login")
    return "isLost" in kept ? create(work.id, work.begin(kept.takesLoaded)) : kept
  }

  async function touch(work: Work): Promise<Kept> {
    const live = work.live as TokenLive
    if (work.hasPendingToken || isSuccessionDue(live, settings, Date.now()))
      return orEnded(await change(work, "use"))
    const token = live.verdict === "current" ? live.presented.token : undefined
    return (await store.touch(live.id, work.expiresAt)) ? { live, token } : ENDED
  }

  return {
    end,
    async keep(work) {
      switch (work.write) {
        case "touch":
          return touch(work)
        case "replace":
          return orEnded(await change(work, "use"))
        case "rotate":
          return orEnded(await change(work, "rotate"))
        case "login":
          return signIn(work, () => login(work))
        case "create":
          return create(work.id, work.begin(true))
        case "delete":
        case "restart":
          for (const live of work.ends) await end((live as TokenLive).found)
          if (work.write === "delete") return {}
          return signIn(work, () => create(work.id, work.begin(true)))
      }
    },
  }
}

/** The session that a request knew is over, or not for it to write to. */
interface Lost {
  readonly isLost: true
  /** A login in a record of its own may take along what was loaded. */
  readonly takesLoaded: boolean
}

function orEnded(kept: Kept | Lost): Kept {
  return "isLost" in kept ? ENDED : kept
}

/** What is in the record by now, for further writes of the same request. */
function keptIn(
  found: Found,
  draft: Draft,
  { credentials, token, isNewToken }: Succession,
  before: Presented,
  isOvertaken: boolean,
): Kept {
  const { id } = found.record
  const presented = token === undefined ? before : { id, token, proof: credentials.proof }
  const verdict = token === undefined ? "wrong" : "current"
  const live: TokenLive = { ...draft, id, found, presented, credentials, verdict, isOvertaken }
  return { live, token, isNewToken }
}

const ENDED: Kept = { isEnded: true }
