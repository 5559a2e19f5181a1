import { firstCredentials, RIGHTS, WINDOW } from "./credentials.ts"
import type { Draft, Kept, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import type { Settings } from "./options.ts"
import { endedUntil, tombstone } from "./payload.ts"
import type { Found } from "./record.ts"
import { REREAD, type Register } from "./register.ts"
import type { Store } from "./store.ts"
import type { Succession, Wish } from "./succession.ts"
import { type Claim, issueToken, newId } from "./token.ts"
import { type Attempt, attempt, recordOf } from "./token-attempt.ts"
import { liveIn, type TokenLive } from "./token-live.ts"
import { takeTurns } from "./turns.ts"

/** What is done to the records of sessions, one at a time. */
export interface TokenRecords {
  /** Makes the record of a session that begins. */
  create(id: string, draft: Draft): Promise<Kept>
  /** Writes to the record that the request knows. */
  change(work: Work, wish: Wish): Promise<Changed>
  /** Leaves a tombstone in a session's place while it `isWanted`; `false` when it had ended before. */
  end(found: Found, isWanted?: (latest: Found) => boolean): Promise<boolean>
}

/** What became of a change; `isEnded` where the session is over, or not for this request to write to. */
export interface Changed extends Kept {
  /** A login in a record of its own may take along what was loaded. */
  readonly takesLoaded?: boolean
}

export function tokenRecords(store: Store, register: Register, settings: Settings): TokenRecords {
  const turns = takeTurns(register)

  /** Without its token, if somebody in the same write has superseded that for good. */
  function withLiveToken(kept: Kept, found: Found): Kept {
    const latest = liveIn(found, (kept.live as TokenLive).presented, settings)
    return latest && RIGHTS[latest.verdict].opens ? kept : { ...kept, token: undefined }
  }

  return {
    async create(id, draft) {
      for (let wanted = id, attempts = 0; attempts < 3; wanted = newId(), attempts++) {
        const issued = issueToken(wanted)
        const credentials = firstCredentials(issued.proof, draft.userId !== null, Date.now())
        const record = { ...recordOf(draft, credentials, settings), id: issued.id }
        const version = await store.create(record)
        const succession = { credentials, token: issued.token, isNewToken: true }
        if (version !== undefined) return keptIn({ record, version }, draft, succession, issued, false)
      }
      throw new SessionError("ERR_SESSION_CONFLICT", "No free session id was found in 3 tries")
    },

    async change(work, wish) {
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
      return { isEnded: true, takesLoaded: found !== undefined && last?.is === "apart" && last.takesLoaded }
    },

    end(found, isWanted = () => true) {
      const until = Date.now() + WINDOW
      const grave = { userId: null, payload: tombstone(until), expiresAt: until }
      const isLive = (latest: Found): boolean =>
        endedUntil(latest.record.payload) === undefined && isWanted(latest)
      return turns.alone(found, (latest) => register.end(latest, grave, isLive))
    },
  }
}

/** What is in the record by now, for further writes of the same request. */
function keptIn(
  found: Found,
  draft: Draft,
  { credentials, token, isNewToken }: Succession,
  before: Claim,
  isOvertaken: boolean,
): Kept {
  const { id } = found.record
  const presented = token === undefined ? before : { id, token, proof: credentials.proof }
  const verdict = token === undefined ? "wrong" : "current"
  const live: TokenLive = { ...draft, id, found, presented, credentials, verdict, isOvertaken }
  return { live, token, isNewToken }
}
