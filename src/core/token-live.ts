import { type Credentials, isWithinWindow, judge, type Verdict, WINDOW } from "./credentials.ts"
import type { Live } from "./engine.ts"
import { isOver } from "./expiry.ts"
import { type Settings, setAside } from "./options.ts"
import { decodePayload, TOMBSTONE } from "./payload.ts"
import { type Found, isRecord } from "./record.ts"
import type { Claim } from "./token.ts"

/** A live session in a record, as the request with this token knows it. */
export interface TokenLive extends Live {
  readonly claim: Claim
  readonly found: Found
  readonly credentials: Credentials
  /** What the token was to the record. */
  readonly verdict: Verdict
  /** Others have changed the record further in the same write, so that it says more than this does. */
  readonly isOvertaken: boolean
}

/** What nobody claims, for looks at a record from outside of any request. */
export const NO_CLAIM: Claim = { token: "", id: "", proof: "" }

/** What a token gets from the record that lies there. */
export interface Sight {
  readonly verdict: Verdict
  /** The session in the record, whatever the token is to it. */
  readonly live?: TokenLive | undefined
}

/** What the token is to what was found. */
export function see(found: Found | undefined, claim: Claim, settings: Settings): Sight {
  if (!found) return { verdict: "wrong" }
  const live = liveIn(found, claim, settings)
  if (live) return { verdict: live.verdict, live }
  const { payload, expiresAt } = found.record
  const isLate = payload === TOMBSTONE && isWithinWindow(expiresAt - WINDOW, Date.now())
  return { verdict: isLate ? "ended" : "wrong" }
}

/** The live session in a record; `undefined` when it is over, ended or damaged. */
export function liveIn(found: Found, claim: Claim, settings: Settings): TokenLive | undefined {
  const { id, userId, payload, expiresAt } = found.record
  const now = Date.now()
  if (expiresAt <= now || payload === TOMBSTONE) return undefined
  const decoded = isRecord(found.record) ? decodePayload(payload) : undefined
  if (!decoded) return setAside(settings, "it is not in this version's format")
  const { contents, credentials } = decoded
  if (isOver(contents, now, settings)) return undefined
  const { createdAt, signedInAt, expiry, text } = contents
  const verdict = judge(credentials, claim.proof, now)
  return {
    id,
    userId,
    expiresAt,
    createdAt,
    signedInAt,
    expiry,
    text,
    claim,
    found,
    credentials,
    verdict,
    isOvertaken: false,
  }
}
