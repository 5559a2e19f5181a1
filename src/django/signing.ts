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
   * The site's Django is 3.2 or older: SHA-1 signatures and hashes are believed too, and what begins here is written with them, since
   * up to 3.0 no other is known, and with `DEFAULT_HASHING_ALGORITHM = "sha1"` none other is read. Django 3.1 and 3.2 read both; 4.0
   * and later read no SHA-1. @default false
   */
  readonly legacy?: boolean
}

/**
 * What signed text looks like. `sha1` and `sha256` are `payload:timestamp:signature`; `oldest` is what sessions in tables and files
 * were up to Django 3.0: base64 of a hexadecimal HMAC-SHA1, a colon, and the bytes.
 */
export type SignedForm = "sha256" | "sha1" | "oldest"

/** Bytes whose signature is good. */
export interface Signed {
  readonly bytes: Buffer
  /** When they were signed, in epoch milliseconds on a whole second; 0 in the oldest format, which does not say. */
  readonly signedAt: number
}

/** Signs bytes as `django.core.signing` does, and believes what it signed. */
export interface Signer {
  /**
   * Signs under the secret key. The payload of `payload:timestamp:signature` is deflated when that is shorter.
   *
   * @param form By default `sha256`, and `sha1` under `legacy`.
   */
  sign(bytes: Uint8Array, now?: number, form?: SignedForm): string
  /**
   * What was signed, or `undefined` when the signature is of none of the secrets, the text is damaged, or
   * it was signed more than `maxAge` seconds ago. Nothing is decoded before its signature is checked.
   */
  unsign(text: string, maxAge?: number, now?: number): Signed | undefined
}

/**
 * Why text is not read: `foreign` is signed in one of Django's forms, under none of the secrets; `old` was signed too long ago; `large`
 * comes to more than is read; all else is `damaged`.
 */
export type Refusal = "foreign" | "old" | "large" | "damaged"

/** A signer that also says why it does not believe a text. */
export interface OpenSigner extends Signer {
  open(text: string, maxAge?: number, now?: number): Signed | Refusal
}

/**
 * The signer for a salt, which names what the text is for: text made under another salt is not believed. What is deflated is damaged
 * if it comes to more than `maxBytes`: a cookie of 3 kB can hold 3 MB.
 */
export function djangoSigner(salt: string, secrets: Secrets, maxBytes: number = MAX_BYTES): Signer {
  const { sign, unsign } = openSigner(salt, secrets, maxBytes)
  return { sign, unsign }
}

/** The same signer, with its reasons. */
export function openSigner(salt: string, secrets: Secrets, maxBytes: number = MAX_BYTES): OpenSigner {
  checkSecrets(secrets)
  checkText("keySalt", salt)
  checkCount("maxBytes", maxBytes)
  const { secretKey, fallbacks = [], legacy = false } = secrets
  const all = [secretKey, ...fallbacks]
  const keys = all.map((secret) => keysOf(salt, secret))
  const [current] = keys

  function isSigned(value: string, signature: string): boolean {
    const algorithm = signature.length === 43 ? "sha256" : "sha1"
    if (algorithm === "sha1" && !legacy) return false
    return keys.some((each) => isSame(mac(algorithm, each[algorithm], value), signature))
  }

  function open(text: string, maxAge?: number, now = Date.now()): Signed | Refusal {
    const form = formOf(text)
    if (form === undefined) return "damaged"
    if (form === "oldest") return (legacy && unsignOldest(text, keys)) || "foreign"
    const end = text.lastIndexOf(":")
    const value = text.slice(0, end)
    if (!isSigned(value, text.slice(end + 1))) return "foreign"
    const middle = value.lastIndexOf(":")
    const seconds = fromBase62(value.slice(middle + 1))
    if (seconds === undefined) return "damaged"
    if (maxAge !== undefined && now / 1000 - seconds > maxAge) return "old"
    const bytes = unpack(value.slice(0, middle), maxBytes)
    return typeof bytes === "string" ? bytes : { bytes, signedAt: seconds * 1000 }
  }

  return {
    open,
    sign(bytes, now = Date.now(), form = legacy ? "sha1" : "sha256") {
      if (form === "oldest") return signOldest(bytes, current!.oldest)
      const deflated = deflateSync(bytes)
      const payload =
        deflated.length < bytes.length - 1
          ? `.${deflated.toString("base64url")}`
          : Buffer.from(bytes).toString("base64url")
      const value = `${payload}:${toBase62(Math.floor(now / 1000))}`
      return `${value}:${mac(form, current![form], value)}`
    },

    unsign(text, maxAge, now) {
      const opened = open(text, maxAge, now)
      return typeof opened === "string" ? undefined : opened
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

/** The form of text that Django may have signed; `undefined` for other text. */
export function formOf(text: string): SignedForm | undefined {
  const signature = SIGNED.exec(text.slice(-60))?.[1]
  if (signature !== undefined) return signature.length === 43 ? "sha256" : "sha1"
  const start = Buffer.from(text.slice(0, 56), "base64").toString("latin1")
  return OLDEST.test(start) && !text.includes(":") ? "oldest" : undefined
}

/** How a timestamp and a signature end a text. */
const SIGNED = /:-?[0-9A-Za-z]{1,10}:([\w-]{27}|[\w-]{43})$/
const OLDEST = /^[0-9a-f]{40}:/

type Algorithm = Exclude<SignedForm, "oldest">

/** The key of each form. */
type Keys = Readonly<Record<SignedForm, Buffer>>

function keysOf(salt: string, secret: string): Keys {
  return {
    sha256: hash("sha256", `${salt}signer${secret}`, "buffer"),
    sha1: hash("sha1", `${salt}signer${secret}`, "buffer"),
    oldest: hash("sha1", oldestSalt(salt) + secret, "buffer"),
  }
}

function mac(algorithm: Algorithm, key: Buffer, value: string): string {
  return createHmac(algorithm, key).update(value).digest("base64url")
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function unpack(payload: string, maxOutputLength: number): Buffer | Refusal {
  if (!payload.startsWith(".")) return Buffer.from(payload, "base64url")
  try {
    return inflateSync(Buffer.from(payload.slice(1), "base64url"), { maxOutputLength })
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "large" : "damaged"
  }
}

function signOldest(bytes: Uint8Array, key: Buffer): string {
  return Buffer.concat([Buffer.from(`${oldestDigest(bytes, key)}:`), bytes]).toString("base64")
}

function unsignOldest(text: string, keys: readonly Keys[]): Signed | undefined {
  const whole = Buffer.from(text, "base64")
  const bytes = whole.subarray(41)
  const start = whole.subarray(0, 41).toString("latin1")
  const isGood = keys.some(({ oldest }) => isSame(start, `${oldestDigest(bytes, oldest)}:`))
  return isGood ? { bytes, signedAt: 0 } : undefined
}

function oldestDigest(bytes: Uint8Array, key: Buffer): string {
  return createHmac("sha1", key).update(bytes).digest("hex")
}

/**
 * The oldest form knew the class's name alone, with no dot before it: `django.contrib.sessionsSessionStore`. A salt of another kind does
 * not say the name; Django looks for `SessionStore`.
 */
function oldestSalt(salt: string): string {
  const [, name = "SessionStore"] = /^django\.contrib\.sessions\.(?:.*\.)?(\w+)$/.exec(salt) ?? []
  return `django.contrib.sessions${name}`
}
