import { createHmac, hash, timingSafeEqual } from "node:crypto"
import type { SessionData } from "../core/data.ts"
import type { Engine } from "../core/engine.ts"
import { type Session, stateOf } from "../core/session.ts"
import { replace } from "../core/state.ts"
import { randomText } from "./keys.ts"
import type { Secrets } from "./signing.ts"

/** Who is signed in, as Django's session says it. */
export interface DjangoUser {
  /** The user's primary key, as text. */
  readonly id: string
  /** The dotted path of the authentication backend that let the user in. */
  readonly backend: string
}

/** A user as `djangoLogin` needs to know it. */
export interface DjangoLogin {
  /** The user's primary key. */
  readonly id: string | number | bigint
  /** The `password` field as the user's row has it: the hash, not what the user types. */
  readonly password: string
  /** One of `AUTHENTICATION_BACKENDS`. @default "django.contrib.auth.backends.ModelBackend" */
  readonly backend?: string
}

/**
 * Who is signed in, or `undefined`. It is what the session says: only `verifySessionAuthHash` tells whether
 * the user's password is still the one they signed in with.
 */
export function djangoUser(session: Session<object>): DjangoUser | undefined {
  const data = session.data as SessionData
  const { [USER_ID]: id, [BACKEND]: backend } = data
  if ((typeof id !== "string" && typeof id !== "number") || typeof backend !== "string") return undefined
  return { id: String(id), backend }
}

/**
 * Whether the user's password is still the one they signed in with, as Django asks at each request. If not,
 * the session is destroyed: who changes a password thereby signs out everywhere else. A session from before
 * the secret key was changed is rotated and signed anew.
 *
 * @param passwordField The `password` field of the row of the user that `djangoUser` names.
 */
export function verifySessionAuthHash(session: Session<object>, passwordField: string): boolean {
  const [current, ...retired] = hashesOf(session, passwordField)
  const data = session.data as SessionData
  const isStored = (hash: string): boolean => isSame(data[HASH], hash)
  if (current.some(isStored)) return true
  const algorithm = retired.map((hashes) => hashes.findIndex(isStored)).find((at) => at !== -1)
  if (algorithm !== undefined) {
    session.rotate()
    data[HASH] = current[algorithm]
    return true
  }
  session.destroy()
  return false
}

/**
 * Signs the user in so that Django takes it for its own login: under a new key, with an anonymous visitor's
 * data kept, another user's and those of the same user from before a change of password forgotten.
 */
export function djangoLogin(session: Session<object>, user: DjangoLogin): void {
  const [hashes] = hashesOf(session, user.password)
  const known = djangoUser(session)
  const state = stateOf(session)
  const stored = (session.data as SessionData)[HASH]
  const isOutdated = known && !hashes.some((hash) => isSame(stored, hash))
  if (isOutdated && !state.isClosed) replace(state)
  session.login(String(user.id))
  const data = session.data as SessionData
  data[USER_ID] = String(user.id)
  data[BACKEND] = user.backend ?? "django.contrib.auth.backends.ModelBackend"
  data[HASH] = hashes[0]
  // Only with CSRF_USE_SESSIONS: a token from before the login must not be good after it.
  if (Object.hasOwn(data, CSRF)) data[CSRF] = randomText(32, LETTERS_AND_DIGITS)
}

/** Signs the user out and forgets the session, as Django's `logout` does. */
export function djangoLogout(session: Session<object>): void {
  session.destroy()
}

/** Notes with which secrets the site of this engine signs. */
export function noteSecrets(engine: Engine, secrets: Secrets): void {
  secretsOf.set(engine, secrets)
}

const secretsOf = new WeakMap<Engine, Secrets>()

/**
 * Django's `get_session_auth_hash` under the secret key and each retired one: first the one to write, then any other that is
 * believed.
 */
function hashesOf(session: Session<object>, password: string): [AuthHashes, ...AuthHashes[]] {
  const secrets = secretsOf.get(stateOf(session).context.engine)
  if (!secrets) throw new TypeError("The session is not one of djangoSessions()")
  if (typeof password !== "string" || password === "")
    throw new TypeError("The password must be the text of the user's password field, which is never empty")
  const { secretKey, fallbacks = [], legacy = false } = secrets
  const algorithms = legacy ? ["sha1", "sha256"] : ["sha256"]
  const hashesUnder = (secret: string): AuthHashes =>
    algorithms.map((algorithm) => {
      const key = hash(algorithm, AUTH_SALT + secret, "buffer")
      return createHmac(algorithm, key).update(password).digest("hex")
    })
  return [hashesUnder(secretKey), ...fallbacks.map(hashesUnder)]
}

type AuthHashes = readonly string[]

function isSame(stored: unknown, expected: string): boolean {
  const given = Buffer.from(typeof stored === "string" ? stored : "")
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected))
}

const USER_ID = "_auth_user_id"
const BACKEND = "_auth_user_backend"
const HASH = "_auth_user_hash"
const CSRF = "_csrftoken"
const AUTH_SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
const LETTERS_AND_DIGITS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
