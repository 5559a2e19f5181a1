import { firstCredentials, type LeftSession, RIGHTS, WINDOW } from "./credentials.ts"
import type { Draft, Kept, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import type { Settings } from "./options.ts"
import { decodePayload, TOMBSTONE } from "./payload.ts"
import type { Found, SessionRecord } from "./record.ts"
import { REREAD, type Register, type Swapped } from "./register.ts"
import { leftToEnd, type Succession, type Wish } from "./succession.ts"
import { type Claim, issueToken, newId } from "./token.ts"
import { type Apart, type Attempt, attempt, recordOf } from "./token-attempt.ts"
import { liveIn, type TokenLive } from "./token-live.ts"
import { takeTurns } from "./turns.ts"

/** What is done to the records of sessions, one at a time. */
export interface TokenRecords {
  /** Makes the record of a session that begins. `left` is the one that a login leaves behind. */
  create(id: string, draft: Draft, left?: LeftSession): Promise<Kept>
  /** Writes to the record that the request knows; reads it again first where that is known to have been `overtaken`. */
  change(work: Work, wish: Wish, overtaken?: "overtaken"): Promise<Changed>
  /** Leaves a tombstone in a session's place while it `isWanted`; `false` when it had ended before. */
  end(found: Found, isWanted?: (latest: Found) => boolean): Promise<boolean>
  /** The same, but a session that the login left goes on. */
  endAlone(found: Found): Promise<boolean>
}

/** What became of a change; `isEnded` where the session is over, or not for this request to write to. */
export interface Changed extends Kept {
  /** How a login is to begin a session of its own. */
  readonly apart?: Apart | undefined
}

export function tokenRecords(register: Register, settings: Settings): TokenRecords {
  const turns = takeTurns({ ...register, swap: (first, draft) => register.swap(first, draft, hasItsSecret) })

  /** Without its token, if somebody in the same write has superseded that for good. */
  function withLiveToken(kept: Kept, found: Found): Kept {
    const latest = liveIn(found, (kept.live as TokenLive).claim, settings)
    return latest && RIGHTS[latest.verdict].opens ? kept : { ...kept, token: undefined }
  }

  async function end(found: Found, isWanted = (_: Found): boolean => true): Promise<boolean> {
    let left: LeftSession | undefined
    const hasEnded = await bury(found, (latest) => {
      left = decodePayload(latest.record.payload)?.credentials.left
      return isWanted(latest)
    })
    if (hasEnded && left) await endLeft(left)
    return hasEnded
  }

  function bury(found: Found, isWanted: (latest: Found) => boolean): Promise<boolean> {
    const isLive = (latest: Found): boolean => latest.record.payload !== TOMBSTONE && isWanted(latest)
    const grave = { userId: null, payload: TOMBSTONE, expiresAt: Date.now() + WINDOW }
    return turns.alone(found, (latest) => register.end(latest, grave, isLive))
  }

  async function endLeft({ id, generation }: LeftSession): Promise<void> {
    const found = await register.read(id)
    const isAsLeft = ({ record }: Found): boolean =>
      decodePayload(record.payload)?.credentials.generation === generation
    if (found) await end(found, isAsLeft)
  }

  return {
    end,

    endAlone: (found) => bury(found, () => true),

    async create(id, draft, left) {
      for (let wanted = id, attempts = 0; attempts < 3; wanted = newId(), attempts++) {
        const issued = issueToken(wanted)
        const credentials = firstCredentials(issued.proof, draft.userId !== null, Date.now(), left)
        const found = await register.create({ ...recordOf(draft, credentials), id: issued.id })
        const succession = { credentials, token: issued.token, isNewToken: true }
        if (found) return keptIn(found, draft, succession, issued, false)
      }
      throw new SessionError("ERR_SESSION_CONFLICT", "No free session id was found in 3 tries")
    },

    async change(work, wish, overtaken) {
      const live = work.live as TokenLive
      const { claim, found: first } = live
      // It ends before the record forgets it, so that an end which fails is tried again.
      const left = wish === "use" ? leftToEnd(live, settings, Date.now()) : undefined
      if (left) await endLeft(left)
      let last: Attempt | undefined
      const { found, isOvertaken } = await turns.write(first, {
        size: work.size,
        draft(latest, isFresh) {
          if (overtaken && latest === first) return REREAD
          last = attempt(work, wish, latest, isFresh, settings)
          return last.is === "unsure" ? REREAD : last.is === "right" ? last.record : undefined
        },
      })
      if (found && last?.is === "right") {
        const unended =
          last.ends &&
          last.ends.id !== left?.id &&
          (await endLeft(last.ends).catch((error: unknown) => ({ failure: error })))
        const kept = { ...keptIn(found, last.draft, last.succession, claim, isOvertaken), ...unended }
        return isOvertaken ? withLiveToken(kept, found) : kept
      }
      return { isEnded: true, apart: found && last?.is === "apart" ? last : undefined }
    },
  }
}

/** A secret is made once: a record that holds the one which a write made comes of it. */
function hasItsSecret(there: SessionRecord, mine: SessionRecord, before: SessionRecord): boolean {
  const made = proofIn(mine)
  return made !== undefined && made !== proofIn(before) && made === proofIn(there)
}

function proofIn({ payload }: SessionRecord): string | undefined {
  return decodePayload(payload)?.credentials.proof
}

/** What is in the record by now, for further writes of the same request. */
function keptIn(
  found: Swapped,
  draft: Draft,
  { credentials, token, isNewToken }: Succession,
  before: Claim,
  isOvertaken: boolean,
): Kept {
  const { id } = found.record
  const { proof } = credentials
  const claim: Claim = isNewToken && token !== undefined ? { id, token, proof, isNew: true } : before
  const verdict = token === undefined ? "wrong" : "current"
  const live: TokenLive = { ...draft, id, found, claim, credentials, verdict, isOvertaken }
  return { live, token, isNewToken, failure: found.failure }
}
