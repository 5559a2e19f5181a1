import { hash, randomBytes, randomFillSync } from "node:crypto"

/** A token, and what it claims: which session it is for, and the proof that whoever shows it has the secret. */
export interface Claim {
  readonly token: string
  /** 32 lower-case hex digits. It names the session and opens nothing. */
  readonly id: string
  /** The SHA-256 of the secret, in base64url: what a record keeps of it. */
  readonly proof: string
  /** It was made by other software, and is to be replaced by one of ours as soon as it is used. */
  readonly isForeign?: true
  /** It was made in this request, so that the browser does not have it yet. */
  readonly isNew?: true
}

/** How the text in the cookie is recognised and read. */
export interface TokenScheme {
  /** Whether a cookie's value could be one of ours; anything else never reaches a store. */
  isWellFormed(value: string): boolean
  /** What a well-formed token claims. */
  claimOf(token: string): Claim
}

/**
 * Tokens `<id>.<secret>`: 128 random bits that name the session, 256 that prove the right to it. Only the id, the
 * hash of the secret and what is sealed under a secret reach a store: a copied database holds no usable token, and
 * looking one up leaks no timing (CVE-2019-16782). Ids are hex, which survives case-insensitive collations and file
 * systems.
 */
export const sessionTokens: TokenScheme = {
  isWellFormed: (value) => WELL_FORMED.test(value),
  claimOf: (token) => ({
    token,
    id: token.slice(0, ID_LENGTH),
    proof: proofOf(token.slice(ID_LENGTH + 1)),
  }),
}

/** An id for a session that is about to begin: 128 random bits. */
export function newId(): string {
  if (drawn === IDS.length) {
    randomFillSync(IDS)
    drawn = 0
  }
  drawn += ID_BYTES
  return IDS.toString("hex", drawn - ID_BYTES, drawn)
}

/** A new secret for the session with this id. */
export function issueToken(id: string): Claim {
  const secret = randomBytes(SECRET_BYTES).toString("base64url")
  return { token: `${id}.${secret}`, id, proof: proofOf(secret) }
}

/** The one-shot `hash`: a digest through the thread pool costs more than the rest of the middleware. */
function proofOf(secret: string): string {
  return hash("sha256", secret, "base64url")
}

const ID_BYTES = 16
const ID_LENGTH = 32
const SECRET_BYTES = 32
const WELL_FORMED = /^[0-9a-f]{32}\.[A-Za-z0-9_-]{43}$/

// Drawn by the hundred, since asking for randomness costs more than all else here. An id is no secret.
const IDS = Buffer.alloc(100 * ID_BYTES)
let drawn = IDS.length
