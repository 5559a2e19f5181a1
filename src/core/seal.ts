import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto"
import { kindOf } from "./shown.ts"
import { weaknessOf } from "./weakness.ts"

/** Text closed so that only the holders of its secrets can read it, and nobody else can make or change it. */
export interface Seal {
  /** The name of the key that `close` uses. */
  readonly keyId: string
  /** Whether this could be a closed text. Cheap; keys are not involved. */
  isWellFormed(closed: string): boolean
  close(text: string): string
  /** The text and the name of the key it was under; `undefined` for whatever `close` did not make. */
  open(closed: string): { readonly text: string; readonly keyId: string } | undefined
}

interface Key {
  readonly id: string
  /** The header, encoded: what the tag vouches for besides the text. */
  readonly header: Buffer
  /** How everything under this key begins. */
  readonly start: string
  readonly key: KeyObject
}

/**
 * A seal under the first of these secrets that opens what is under any of them: JWE in compact form
 * (RFC 7516) with `dir` and `A256GCM`. The keys are made for one `purpose` (HKDF-SHA-256, RFC 5869), so what
 * is sealed for another does not open here.
 *
 * The header is a constant of the key, and only text that begins with it is opened: no other algorithm, no
 * compression and no key is ever tried because a token asks for it.
 *
 * A cookie is some hundred bytes, which take less time to seal than to hand to the thread pool:
 * all of it is synchronous.
 */
export function createSeal(secrets: readonly string[], purpose: string): Seal {
  const keys = secrets.map((secret) => deriveKey(secret, purpose))
  const first = keys[0]!
  return {
    keyId: first.id,
    isWellFormed: isSealed,
    close: (text) => encrypt(first, text),
    open(closed) {
      const key = keys.find(({ start }) => closed.startsWith(start))
      const text = key && decrypt(key, closed)
      return text === undefined ? undefined : { text, keyId: key!.id }
    },
  }
}

/** Whether this could be a text that a seal has closed, under whatever secret. */
export function isSealed(text: string): boolean {
  return text.length <= MAX_LENGTH && WELL_FORMED.test(text)
}

/** Throws a `TypeError`, which does not show them, unless these secrets are fit to seal with. */
export function checkSecrets(secrets: readonly string[]): void {
  if (!Array.isArray(secrets) || secrets.length === 0)
    throw new TypeError(
      'The option "seal" must be an array of secrets, the first to seal with, all to open with',
    )
  for (const [place, secret] of secrets.entries()) {
    const option = `The option "seal[${place}]"`
    if (typeof secret !== "string")
      throw new TypeError(
        `${option} must be a string of at least ${MIN_BYTES} bytes; it is ${kindOf(secret)}`,
      )
    const bytes = Buffer.byteLength(secret)
    if (bytes < MIN_BYTES)
      throw new TypeError(`${option} must have at least ${MIN_BYTES} bytes; it has ${bytes}`)
    const weakness = weaknessOf(secret)
    if (weakness)
      throw new TypeError(
        `${option} must be random; it ${weakness}. Make one with: node -p "crypto.randomBytes(32).toString('base64url')"`,
      )
  }
}

function encrypt({ start, header, key }: Key, text: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv("aes-256-gcm", key, nonce, GCM).setAAD(header)
  const body = cipher.update(text, "utf8")
  cipher.final() // GCM keeps nothing back; this makes the tag
  const tag = cipher.getAuthTag()
  return `${start}${nonce.toString("base64url")}.${body.toString("base64url")}.${tag.toString("base64url")}`
}

function decrypt({ start, header, key }: Key, closed: string): string | undefined {
  const begin = start.length + NONCE_DIGITS
  const end = closed.length - TAG_DIGITS
  const body = closed.slice(begin + 1, end - 1)
  // The only points are the two beside the text.
  if (closed[begin] !== "." || closed[end - 1] !== "." || end - 1 <= begin || body.includes("."))
    return undefined
  const nonce = Buffer.from(closed.slice(start.length, begin), "base64url")
  const tag = Buffer.from(closed.slice(end), "base64url")
  // Not every runtime insists on the whole tag.
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) return undefined
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, GCM)
    decipher.setAAD(header).setAuthTag(tag)
    const text = decipher.update(body, "base64url")
    decipher.final() // throws unless the tag is right
    return text.toString()
  } catch {
    return undefined
  }
}

function deriveKey(secret: string, purpose: string): Key {
  const bytes = Buffer.from(hkdfSync("sha256", secret, "", `holdfast sealed v1 ${purpose}`, 32))
  const id = hash("sha256", Buffer.concat([Buffer.from("holdfast key id "), bytes]), "base64url").slice(0, 8)
  const header = Buffer.from(JSON.stringify({ alg: "dir", enc: "A256GCM", kid: id })).toString("base64url")
  // `dir` has no encrypted key, so nothing stands between the first two dots.
  return { id, header: Buffer.from(header), start: `${header}..`, key: createSecretKey(bytes) }
}

/** Of A256GCM (RFC 7518 section 5.3). */
const NONCE_BYTES = 12
const NONCE_DIGITS = 16
const TAG_BYTES = 16
const TAG_DIGITS = 22
const GCM = { authTagLength: TAG_BYTES }
const MIN_BYTES = 32
/** No browser keeps a longer value. */
const MAX_LENGTH = 4096

// Header, no key, 96-bit nonce, text, 128-bit tag. The last digits of text and tag may not carry bits that
// base64url would drop, so that one text has one spelling (RFC 4648 section 3.5).
const WELL_FORMED =
  /^[\w-]{16,256}\.\.[\w-]{16}\.(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?\.[\w-]{21}[AQgw]$/
