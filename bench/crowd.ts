import { firstCredentials } from "../src/core/credentials.ts"
import { encodePayload } from "../src/core/payload.ts"
import { sessionTokens } from "../src/core/token.ts"
import type { SessionRecord, Store } from "../src/index.ts"
import { idOf, tokenOf, userOf } from "./requests/work.ts"

/** The record of a session of 300 bytes that counts the views. */
export function payloadOf(now: number): string {
  const { proof } = sessionTokens.claimOf(tokenOf(0))
  const credentials = firstCredentials(proof, true, now)
  const payload = (filler: string): string =>
    encodePayload({
      contents: {
        createdAt: now,
        signedInAt: now,
        expiry: null,
        text: JSON.stringify({ views: 0, text: filler }),
      },
      credentials,
    })
  return payload("x".repeat(400 - payload("x".repeat(100)).length))
}

/** Puts the sessions 1 to `count` into the store, each of a user of its own or of nobody. */
export async function fillStore(store: Store, count: number, hasUsers: boolean): Promise<void> {
  const now = Date.now()
  const payload = payloadOf(now)
  const recordOf = (n: number): SessionRecord => ({
    id: idOf(n),
    userId: hasUsers ? userOf(n) : null,
    payload,
    expiresAt: now + 1_209_600_000,
  })
  for (let n = 1; n <= count; n += BATCH)
    await Promise.all(
      Array.from({ length: Math.min(BATCH, count - n + 1) }, (_, k) => store.create(recordOf(n + k))),
    )
}

const BATCH = 500
