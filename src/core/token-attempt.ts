import { type Credentials, type LeftSession, RIGHTS, withoutOldCuts } from "./credentials.ts"
import type { Draft, Work } from "./engine.ts"
import type { Settings } from "./options.ts"
import { encodePayload } from "./payload.ts"
import type { Found } from "./record.ts"
import type { RecordDraft } from "./register.ts"
import { type Succession, succeed, type Wish } from "./succession.ts"
import { liveIn, type TokenLive } from "./token-live.ts"

/** What a request's work comes to on the record as it is. */
export type Attempt =
  | {
      readonly is: "right"
      readonly draft: Draft
      readonly succession: Succession
      readonly record?: RecordDraft
      /** The session that the login left, now that the one it began is in use. */
      readonly ends?: LeftSession | undefined
    }
  /** It can't be told before the record is read again. */
  | { readonly is: "unsure" }
  /** The session that the request knew has ended, or was signed in anew. */
  | { readonly is: "ended" }
  | Apart

/** The login has to begin a session of its own. */
export interface Apart {
  readonly is: "apart"
  /** It may take along the data that was loaded. */
  readonly takesLoaded: boolean
  /** The session it came with, which is the same user's and goes once the new one is in use. */
  readonly left?: LeftSession
}

/** What to write over the record, if anything. Goes by the record alone, and `isFresh` when it was read for this. */
export function attempt(work: Work, wish: Wish, found: Found, isFresh: boolean, settings: Settings): Attempt {
  const now = Date.now()
  const live = work.live as TokenLive
  const latest = found === live.found && !live.isOvertaken ? live : liveIn(found, live.claim, settings)
  const not: Attempt = wish === "login" ? { is: "apart", takesLoaded: false } : { is: "ended" }
  // An end is final, so that whoever sees it need not look again.
  if (!latest) return not
  const { verdict, credentials, id, userId } = latest
  const { generation } = credentials
  // A copy may have opened to a secret that its source no longer takes.
  if (live.found.isCopy && !RIGHTS[verdict].opens) return isFresh ? not : UNSURE
  // Whoever knew the session from before a login may not write into what came after.
  if (generation !== live.credentials.generation) return isFresh ? takingAlong(not) : UNSURE
  // While answers of a renewal are under way, one of them could replace the cookie of a login in the same record.
  const isOneSecret = verdict === "current" && credentials.previous?.forward === undefined
  if (wish === "login" && userId !== null && !isOneSecret)
    return isFresh ? takingAlong(not, { id, generation }) : UNSURE

  const draft = work.draft(latest)
  const succession = succeed(latest, wish, settings, now)
  const isWritten =
    work.isChanged || succession.credentials !== credentials || draft.expiresAt !== latest.expiresAt
  // A cookie is sent for what the record says now, not for what it said when it was read.
  const sendsToken = succession.isNewToken || work.hasPendingToken
  if (!isWritten) return sendsToken && !isFresh ? UNSURE : { is: "right", draft, succession }
  const record = recordOf(draft, withoutOldCuts(succession.credentials, now))
  const ends = succession.credentials.left ? undefined : credentials.left
  return { is: "right", draft, succession, record, ends }
}

function takingAlong(not: Attempt, left?: LeftSession): Attempt {
  return not.is === "apart" ? { ...not, takesLoaded: true, ...(left && { left }) } : not
}

/** The record of a session. */
export function recordOf(draft: Draft, credentials: Credentials): RecordDraft {
  const { userId, expiresAt } = draft
  return { userId, expiresAt, payload: encodePayload({ contents: draft, credentials }) }
}

const UNSURE: Attempt = { is: "unsure" }
