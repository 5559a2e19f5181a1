import { randomInt } from "node:crypto"
import type { ForeignTokens } from "../core/foreign-engine.ts"

/**
 * Django's session keys: 32 characters of a–z and 0–9, some 165 random bits. The key in the cookie is also
 * the one in the store, in clear, because Django looks there.
 */
export const djangoKeys: ForeignTokens = {
  create: () => randomText(32, "abcdefghijklmnopqrstuvwxyz0123456789"),
  isWellFormed: (value) => /^[a-z0-9]{32}$/.test(value),
}

/** Characters of the alphabet, each drawn by itself, as Django's `get_random_string` does. */
export function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("")
}
