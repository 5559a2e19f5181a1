import { createHmac, hash, timingSafeEqual } from "node:crypto"
import { deflateSync, inflateSync } from "node:zlib"
import { checkBoolean, checkCount, checkText } from "../core/option-values.ts"
import { sortOf } from "../core/shown.ts"
import { fromBase62, toBase62 } from "./base62.ts"

/** Django's secrets, as its settings name them. */
export interface Secrets {
  /** `SECRET_KEY`: signs, and is tried first when reading. */
  readonly secretKey: string
  /** `SECRET_KEY_FALLBACKS`: retired keys whose signatures still count. @default [] */
  readonly fallbacks?: readonly string[]
  /**
   * Also believe SHA-1 signatures, which Django up to 3.0 wrote, and 3.1 and 3.2 with
   * `DEFAULT_HASHING_ALGORITHM = "sha1"`. Nothing is ever written that way. @default false
   */
  readonly legacy?: boolean
}

/** Bytes whose signature is good. */
export interface Signed {
  readonly bytes: Buffer
  /** When they were signed, in epoch milliseconds on a whole second; 0 in the oldest format, which does not say. */
  readonly signedAt: number
}

/** Signs bytes as `django.core.signing` does, and believes what it signed. */
export interface Signer {
  /** `payload:timestamp:signature`, the payload deflated when that is shorter. */
  sign(bytes: Uint8Array, now?: number): string
  /**
   * What was signed, or `undefined` when the signature is of none of the secrets, the text is damaged, or
   * it was signed more than `maxAge` seconds ago. Nothing is decoded before its signature is checked.
   */
  unsign(text: string, maxAge?: number, now?: number): Signed | undefined
}

/**
 * The signer for a salt, which names what the text is for: text made under another salt is not believed. What is deflated is damaged
 * if it comes to more than `maxBytes`: a cookie of 3 kB can hold 3 MB.
 */
export function djangoSigner(salt: string, secrets: Secrets, maxBytes: number = MAX_BYTES): Signer {
  checkSecrets(secrets)
  checkText("keySalt", salt)
  checkCount("maxBytes", maxBytes)
  const { secretKey, fallbacks = [], legacy = false } = secrets
  const all = [secretKey, ...fallbacks]
  const keysOf = (algorithm: Algorithm): Buffer[] =>
    all.map((secret) => hash(algorithm, `${salt}signer${secret}`, "buffer"))
  const keys = keysOf("sha256")
  const oldKeys = legacy ? keysOf("sha1") : []
  const oldestKeys = legacy ? all.map((secret) => hash("sha1", oldestSalt(salt) + secret, "buffer")) : []

  function isSigned(value: string, signature: string): boolean {
    if (signature.length === 43) return keys.some((key) => isSame(mac("sha256", key, value), signature))
    return oldKeys.some((key) => isSame(mac("sha1", key, value), signature))
  }

  return {
    sign(bytes, now = Date.now()) {
      const deflated = deflateSync(bytes)
      const payload =
        deflated.length < bytes.length - 1
          ? `.${deflated.toString("base64url")}`
          : Buffer.from(bytes).toString("base64url")
      const value = `${payload}:${toBase62(Math.floor(now / 1000))}`
      return `${value}:${mac("sha256", keys[0]!, value)}`
    },

    unsign(text, maxAge, now = Date.now()) {
      const end = text.lastIndexOf(":")
      if (end === -1) return unsignOldest(text, oldestKeys)
      const value = text.slice(0, end)
      if (!isSigned(value, text.slice(end + 1))) return undefined
      const middle = value.lastIndexOf(":")
      const seconds = middle === -1 ? undefined : fromBase62(value.slice(middle + 1))
      if (seconds === undefined || (maxAge !== undefined && now / 1000 - seconds > maxAge)) return undefined
      const bytes = unpack(value.slice(0, middle), maxBytes)
      return bytes && { bytes, signedAt: seconds * 1000 }
    },
  }
}

/**
 * Throws a `TypeError`, which shows nothing of them, unless these are secrets. One text in place of several is refused: letter by
 * letter it would be secrets that anybody guesses.
 */
export function checkSecrets({ secretKey, fallbacks = [], legacy = false }: Secrets): void {
  checkSecret("secretKey", secretKey)
  if (!Array.isArray(fallbacks))
    throw new TypeError(
      `The option "fallbacks" must be an array of Django's retired keys; it is ${sortOf(fallbacks)}`,
    )
  for (const [place, secret] of fallbacks.entries()) checkSecret(`fallbacks[${place}]`, secret)
  checkBoolean("legacy", legacy)
}

function checkSecret(option: string, secret: unknown): void {
  if (typeof secret === "string" && secret !== "") return
  const got = secret === "" ? "empty" : sortOf(secret)
  throw new TypeError(`The option "${option}" must be a text, a secret key of Django's; it is ${got}`)
}

/** The default of the option `maxBytes`. */
const MAX_BYTES = 1_048_576

type Algorithm = "sha256" | "sha1"

function mac(algorithm: Algorithm, key: Buffer, value: string): string {
  return createHmac(algorithm, key).update(value).digest("base64url")
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function unpack(payload: string, maxOutputLength: number): Buffer | undefined {
  if (!payload.startsWith(".")) return Buffer.from(payload, "base64url")
  try {
    return inflateSync(Buffer.from(payload.slice(1), "base64url"), { maxOutputLength })
  } catch {
    return undefined
  }
}

/** Up to Django 3.0: base64 of a hexadecimal HMAC-SHA1, a colon, and the bytes. */
function unsignOldest(text: string, keys: readonly Buffer[]): Signed | undefined {
  if (keys.length === 0) return undefined
  const whole = Buffer.from(text, "base64")
  const bytes = whole.subarray(41)
  const isGood = keys.some((key) => {
    const digest = createHmac("sha1", key).update(bytes).digest("hex")
    return isSame(whole.subarray(0, 41).toString("latin1"), `${digest}:`)
  })
  return isGood ? { bytes, signedAt: 0 } : undefined
}

/** The oldest format left the dot before the class name out: `django.contrib.sessionsSessionStore`. */
function oldestSalt(salt: string): string {
  const dot = salt.lastIndexOf(".")
  return salt.slice(0, dot) + salt.slice(dot + 1)
}
