import {
  afterUse,
  type Credentials,
  isRenewalDue,
  type LeftSession,
  RIGHTS,
  renewed,
  rotated,
  signedIn,
} from "./credentials.ts"
import type { Settings } from "./options.ts"
import { createSeal, type Seal } from "./seal.ts"
import { issueToken } from "./token.ts"
import type { TokenLive } from "./token-live.ts"

/** What a request wants of its session's secrets: to use the current one, to get a new one, or to sign in. */
export type Wish = "use" | "rotate" | "login"

/** The secrets as a request leaves them. */
export interface Succession {
  /** The very credentials from before when nothing changes. */
  readonly credentials: Credentials
  /** The token that the browser may hold from now on, as far as this request may know it. */
  readonly token: string | undefined
  /** It is not the one that was presented. */
  readonly isNewToken: boolean
}

/** What becomes of a session's secrets when a request with this claim writes it, or only uses it. */
export function succeed(live: TokenLive, wish: Wish, settings: Settings, now: number): Succession {
  const { id, verdict, credentials, claim } = live
  const { token } = claim
  if (wish === "login" || (wish === "rotate" && RIGHTS[verdict].opens)) {
    const issued = issueToken(id)
    const supersede = wish === "login" ? signedIn : rotated
    return { credentials: supersede(credentials, issued.proof, now), token: issued.token, isNewToken: true }
  }
  if (verdict === "open") return { credentials, token: openForward(credentials, token), isNewToken: true }
  if (verdict !== "current") return { credentials, token: undefined, isNewToken: false }
  // That it is current says nothing of the browser, which does not have it yet.
  if (claim.isNew) return { credentials, token, isNewToken: false }
  const used = afterUse(credentials, settings.grace, now)
  // Ending what was left takes calls of its own: the answer with a new token could come after that of a rotation.
  const isLeaving = credentials.left !== undefined
  if (isLeaving || !isToBeRenewed(live, used, settings, now))
    return { credentials: used, token, isNewToken: false }
  const issued = issueToken(id)
  const forward = forwardSeal(token).close(issued.token)
  return { credentials: renewed(used, issued.proof, forward, now), token: issued.token, isNewToken: true }
}

/** Whether the secrets gain something by a request that only uses its session. */
export function isSuccessionDue(live: TokenLive, settings: Settings, now: number): boolean {
  const { verdict, credentials, claim } = live
  if (verdict !== "current") return verdict === "open"
  if (claim.isNew) return false
  return (
    afterUse(credentials, settings.grace, now) !== credentials ||
    isToBeRenewed(live, credentials, settings, now)
  )
}

/** The session that a login left, if it is to end now that the current secret is used. */
export function leftToEnd(
  { verdict, credentials, claim }: TokenLive,
  settings: Settings,
  now: number,
): LeftSession | undefined {
  const { left } = credentials
  if (!left || verdict !== "current" || claim.isNew) return undefined
  return afterUse(credentials, settings.grace, now).left ? undefined : left
}

/** Only where somebody is signed in: an anonymous session gets its new secret at the login. */
function isToBeRenewed(
  { userId, claim }: TokenLive,
  credentials: Credentials,
  settings: Settings,
  now: number,
): boolean {
  const renew = claim.isForeign ? 0 : settings.renew
  return userId !== null && isRenewalDue(credentials, renew, now)
}

/** The token that took the place of a superseded one, for whoever has that: nothing in the store opens it. */
function openForward({ previous }: Credentials, token: string): string | undefined {
  return forwardSeal(token).open(previous?.forward ?? "")?.text
}

/** What a superseded token and its record hold together, and neither alone. */
export function forwardSeal(token: string): Seal {
  return createSeal([token], "token that takes the place of this one")
}
