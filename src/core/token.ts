import { hash, randomBytes } from "node:crypto"

/** How the secret in the cookie is made, recognised, and turned into the key in the store. */
export interface TokenScheme {
  /** A new token that nobody can guess. */
  create(): string
  /** Whether a cookie's value could be one of ours; anything else never reaches a store. */
  isWellFormed(value: string): boolean
  /** The record's id for this token. */
  idOf(token: string): string
}

/**
 * 256 random bits in 43 base64url characters, kept only as their SHA-256 in hex: a copied database holds no
 * usable token, and looking one up leaks no timing (CVE-2019-16782). Hex, because it survives
 * case-insensitive collations and file systems. `hash` is synchronous: a digest through the thread pool
 * costs more than the rest of the middleware.
 */
export const hashedTokens: TokenScheme = {
  create: () => randomBytes(32).toString("base64url"),
  isWellFormed: (value) => WELL_FORMED.test(value),
  idOf: (token) => hash("sha256", token),
}

const WELL_FORMED = /^[A-Za-z0-9_-]{43}$/
