import { hash } from "node:crypto"
import type { SessionRecord, Store } from "../src/index.ts"
import { tokenOf, userOf } from "./requests/work.ts"

/** The id of the nth of many sessions. */
export function idOf(n: number): string {
  return hash("sha256", tokenOf(n))
}

/** A session of 300 bytes that counts the views. */
export function payloadOf(now: number): string {
  const text = (filler: string): string =>
    `{"v":1,"createdAt":${now},"expiry":null,"data":{"views":0,"text":"${filler}"}}`
  return text("x".repeat(300 - text("").length))
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
