import { timingSafeEqual } from "node:crypto"

/** What a record knows of its session's secrets. There is no secret among it. */
export interface Credentials {
  /** The proof of the current secret. */
  readonly proof: string
  /** How many logins the session has seen. */
  readonly generation: number
  /** When the current secret was made. Instants are epoch milliseconds. */
  readonly madeAt: number
  /** When the browser first presented the current secret, if something waited for that. */
  readonly presentedAt?: number
  /** What the last renewal superseded. */
  readonly previous?: Previous
  /** The session that the login came with and could not go into; it ends when the current secret is in use. */
  readonly left?: LeftSession
  /** What logins and rotations superseded within the window, the newest last. */
  readonly cut?: readonly Cut[]
}

/** A secret that a renewal superseded. */
export interface Previous {
  readonly proof: string
  /** The token that took its place, sealed under the one it superseded; absent once that one is closed. */
  readonly forward?: string
}

/** A session that a login left behind, unless somebody has signed in to it since. */
export interface LeftSession {
  readonly id: string
  readonly generation: number
}

/**
 * A secret that a login or a rotation superseded. It opens nothing, so the beginning of its proof
 * is enough to know it by.
 */
export interface Cut {
  readonly proof: string
  readonly at: number
}

/** What a presented secret is to the record it names. */
export type Verdict =
  /** The current secret. */
  | "current"
  /** Superseded by a renewal whose new secret the browser may not have yet. */
  | "open"
  /** Superseded by a renewal, and the new secret has been in use for longer than the grace. */
  | "closed"
  /** Superseded by a login or a rotation within the window. */
  | "cut"
  /** None of these, while a login or a rotation came within the window. */
  | "late"
  /** Any, and the session ended within the window. */
  | "ended"
  /** Any other. */
  | "wrong"

/** What whoever presents a secret gets. */
export interface Rights {
  /** The session. */
  readonly opens: boolean
  /** To end the session. */
  readonly ends: boolean
  /**
   * No new session and no Set-Cookie, since the browser may have a better cookie by now: what such a request writes
   * is told as ended.
   */
  readonly isQuiet: boolean
}

/** The truth table of presented secrets. */
export const RIGHTS: Readonly<Record<Verdict, Rights>> = {
  current: { opens: true, ends: true, isQuiet: false },
  open: { opens: true, ends: true, isQuiet: false },
  closed: { opens: false, ends: false, isQuiet: false },
  cut: { opens: false, ends: true, isQuiet: true },
  late: { opens: false, ends: false, isQuiet: true },
  ended: { opens: false, ends: false, isQuiet: true },
  wrong: { opens: false, ends: false, isQuiet: false },
}

/** What a secret with this proof is to the record with these credentials. */
export function judge(credentials: Credentials, proof: string, now: number): Verdict {
  if (isSame(proof, credentials.proof)) return "current"
  const { previous, cut } = credentials
  if (previous && isSame(proof, previous.proof)) return previous.forward === undefined ? "closed" : "open"
  if (!cut) return "wrong"
  const recent = cut.filter((each) => isRecent(each, now))
  if (recent.some((each) => isSame(proof.slice(0, CUT_LENGTH), each.proof))) return "cut"
  return recent.length > 0 ? "late" : "wrong"
}

/** The credentials of a session that begins; somebody signs in with it, or not. */
export function firstCredentials(
  proof: string,
  isSignedIn: boolean,
  now: number,
  left?: LeftSession,
): Credentials {
  return { proof, generation: isSignedIn ? 1 : 0, madeAt: now, ...(left && { left }) }
}

/** Whether the browser may still hold the secret before the current one, so that an older answer may bring it back. */
function isSettling({ previous, left }: Credentials): boolean {
  return previous?.forward !== undefined || left !== undefined
}

/**
 * The credentials after the browser has presented the current secret: while the one before is open, the first
 * time is noted, and the first time that comes `grace` or more after it closes the one before. The same
 * object when neither is due.
 */
export function afterUse(credentials: Credentials, grace: number, now: number): Credentials {
  const { presentedAt } = credentials
  if (!isSettling(credentials)) return credentials
  if (presentedAt === undefined) return { ...credentials, presentedAt: now }
  if (now - presentedAt < grace) return credentials
  const { presentedAt: _, left: __, previous, ...rest } = credentials
  return { ...rest, ...(previous && { previous: { proof: previous.proof } }) }
}

/** Whether a session that somebody is signed in to is to be given a new secret, the current one being `renew` old. */
export function isRenewalDue(credentials: Credentials, renew: number, now: number): boolean {
  return !isSettling(credentials) && now - credentials.madeAt >= renew
}

/** The credentials after a renewal: a new secret, and the one before opens the session until the new one is in use. */
export function renewed(credentials: Credentials, proof: string, forward: string, now: number): Credentials {
  const { proof: superseded, generation } = credentials
  const cut = recentCuts(credentials, now)
  return {
    proof,
    generation,
    madeAt: now,
    previous: { proof: superseded, forward },
    ...(cut.length > 0 && { cut }),
  }
}

/** The credentials after a rotation: a new secret, and none from before opens the session any more. */
export function rotated(credentials: Credentials, proof: string, now: number): Credentials {
  const { previous, generation, left } = credentials
  const superseded = [credentials.proof]
  if (previous?.forward !== undefined) superseded.unshift(previous.proof)
  const added = superseded.map((each) => ({ proof: each.slice(0, CUT_LENGTH), at: now }))
  const cut = [...recentCuts(credentials, now), ...added]
  return { proof, generation, madeAt: now, ...(left && { left }), cut: cut.slice(-MOST_CUTS) }
}

/**
 * The credentials after a login: as after a rotation, and what began before it is not to be merged into what follows.
 */
export function signedIn(credentials: Credentials, proof: string, now: number): Credentials {
  return { ...rotated(credentials, proof, now), generation: credentials.generation + 1 }
}

/** The credentials without what nobody asks for any more. The same object when there is nothing to leave out. */
export function withoutOldCuts(credentials: Credentials, now: number): Credentials {
  if (!credentials.cut || credentials.cut.some((each) => isRecent(each, now))) return credentials
  const { cut: _, ...rest } = credentials
  return rest
}

function recentCuts({ cut = [] }: Credentials, now: number): readonly Cut[] {
  return cut.filter((each) => isRecent(each, now))
}

function isRecent({ at }: Cut, now: number): boolean {
  return isWithinWindow(at, now)
}

/** Whether it happened within the window; an instant that lies too far ahead is a clock's that is wrong. */
export function isWithinWindow(at: number, now: number): boolean {
  return now - at < WINDOW && at - now <= SKEW
}

/** Compares in constant time, so that a proof can't be guessed from how long it takes. */
function isSame(one: string, other: string): boolean {
  if (one.length !== other.length) return false
  LEFT.write(one.padEnd(PROOF_LENGTH), "latin1")
  RIGHT.write(other.padEnd(PROOF_LENGTH), "latin1")
  return timingSafeEqual(LEFT, RIGHT)
}

// What is compared is written into the same place each time: new buffers would cost more than all else here.
const PROOF_LENGTH = 43
const LEFT = Buffer.alloc(PROOF_LENGTH)
const RIGHT = Buffer.alloc(PROOF_LENGTH)

/**
 * For how long a login, a rotation or an end keeps late requests quiet, in milliseconds: long enough for those under
 * way, short enough that a visitor whose answer was lost is soon a visitor like any other.
 */
export const WINDOW = 10_000

/** By how much the clocks of processes may differ, in milliseconds. */
const SKEW = 300_000

/** How many superseded secrets a record remembers, and by how many characters of their proofs: 96 bits. */
const MOST_CUTS = 8
const CUT_LENGTH = 16
