import assert from "node:assert/strict"
import { createHash, randomBytes } from "node:crypto"
import type { Found, SessionRecord, Store, UserIndex } from "../../index.ts"

/** What a test runner must offer: vitest, jest, mocha and bun do so globally, `node:test` by import. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>, timeout?: number): unknown
}

/** A store under test. */
export interface OpenedStore {
  readonly store: Store & Partial<UserIndex>
  /** Closes its connections and removes what the test left. */
  readonly close?: () => Promise<unknown>
  /** The smallest step, in milliseconds, in which the backend counts deadlines. @default 1 */
  readonly deadlineStep?: number
  /**
   * Whether the index of users lies on another server than the records, so that a list may miss, for a moment, a session
   * whose id was deleted and created again at the same time. Ids of sessions are used once. @default false
   */
  readonly isIndexApart?: boolean
}

/** Says a law, which opens a store of its own and closes it. */
export type Law = (sentence: string, check: (opened: Required<OpenedStore>) => Promise<void>) => void

/** Texts of every kind that an encoded session can be: JSON leaves no raw control characters or lone surrogates. */
export const PAYLOADS: readonly string[] = [
  "",
  "0",
  '{"a":[1,2.5,-0,null,true],"b":"\\u0000\\ud800 \\" \\\\ / \' ` $1 %s"}',
  JSON.stringify("åß∂ 漢字 🦊 \u007f \u2028 \ufeff"),
  "x".repeat(300_000),
  "é".repeat(50_000),
]

export function newId(): string {
  return createHash("sha256").update(randomBytes(32)).digest("hex")
}

export function newRecord(some: Partial<SessionRecord> = {}): SessionRecord {
  return { id: newId(), userId: null, payload: '{"v":1}', expiresAt: soon(), ...some }
}

/** An instant on a whole second, so that every backend can keep it exactly. */
export function soon(seconds = 3600): number {
  return Math.floor(Date.now() / 1000 + seconds) * 1000
}

export async function mustRead(store: Store, id: string): Promise<Found> {
  const found = await store.read(id)
  assert.ok(found)
  return { record: found.record, version: found.version }
}

export async function ids(store: Partial<UserIndex>, userId: string): Promise<string[]> {
  return (await store.listByUser!(userId)).map(({ id }) => id).sort()
}

/** What the work comes to under a deadline that is near, yet ahead when it is done: where it takes long, it is done again under a later one. */
export async function inTime<Result>(
  deadlineStep: number,
  work: (expiresAt: number) => Promise<Result>,
): Promise<Result> {
  for (let left = 200; ; left *= 4) {
    const expiresAt = Date.now() + 2 * deadlineStep + left
    const result = await work(expiresAt)
    if (Date.now() < expiresAt - deadlineStep || left > 5000) return result
  }
}

export function until(instant: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, instant - Date.now())))
}
