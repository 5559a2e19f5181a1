import { fitting } from "./codec.ts"
import { type Credentials, RIGHTS, withoutOldCuts } from "./credentials.ts"
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
    }
  /** It can't be told before the record is read again. */
  | { readonly is: "unsure" }
  /** The session that the request knew has ended, or was signed in anew. */
  | { readonly is: "ended" }
  /** The login has to begin a session of its own, and may take along the data that was loaded. */
  | { readonly is: "apart"; readonly takesLoaded: boolean }

/** What to write over the record, if anything. Goes by the record alone, and `isFresh` when it was read for this. */
export function attempt(work: Work, wish: Wish, found: Found, isFresh: boolean, settings: Settings): Attempt {
  const now = Date.now()
  const live = work.live as TokenLive
  const latest = found === live.found && !live.isOvertaken ? live : liveIn(found, live.presented, settings)
  const lost = (takesLoaded: boolean): Attempt => {
    if (latest && !isFresh) return { is: "unsure" }
    return wish === "login" ? { is: "apart", takesLoaded } : { is: "ended" }
  }
  if (!latest) return lost(false)
  const { verdict, credentials } = latest
  // A copy may have opened to a secret that its source no longer takes.
  if (live.found.isCopy && !RIGHTS[verdict].opens) return lost(false)
  // Whoever knew the session from before a login may not write into what came after.
  if (credentials.generation !== live.credentials.generation) return lost(true)
  // While answers of a renewal are under way, one of them could replace the cookie of a login in the same record.
  const isSettled = verdict === "current" && credentials.previous?.forward === undefined
  if (wish === "login" && latest.userId !== null && !isSettled) return lost(true)

  const draft = work.draft(latest)
  const succession = succeed(latest, wish, settings, now)
  const isWritten =
    work.isChanged || succession.credentials !== credentials || draft.expiresAt !== latest.expiresAt
  // A cookie is sent for what the record says now, not for what it said when it was read.
  const sendsToken = succession.isNewToken || work.hasPendingToken
  if (!isWritten) return sendsToken && !isFresh ? { is: "unsure" } : { is: "right", draft, succession }
  const record = recordOf(draft, withoutOldCuts(succession.credentials, now), settings)
  return { is: "right", draft, succession, record }
}

/** The record of a session. Throws `ERR_SESSION_DATA` when it is too large. */
export function recordOf(draft: Draft, credentials: Credentials, { maxBytes }: Settings): RecordDraft {
  const { userId, expiresAt } = draft
  return { userId, expiresAt, payload: fitting(encodePayload({ contents: draft, credentials }), maxBytes) }
}
