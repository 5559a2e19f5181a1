import assert from "node:assert/strict"
import { type Law, newRecord, until } from "./stage.ts"

/** Clearing: what is dead and only that, in batches. */
export function clearingLaws(law: Law): void {
  law("clears what is dead and only that", async ({ store, deadlineStep }) => {
    const dead = Array.from({ length: 5 }, () => newRecord({ expiresAt: Date.now() + deadlineStep + 50 }))
    const live = Array.from({ length: 5 }, () => newRecord())
    await Promise.all([...dead, ...live].map((record) => store.create(record)))
    await until(dead[4]!.expiresAt + 2 * deadlineStep)
    const told: number[] = []
    const removed = await store.clearExpired({ batchSize: 2, onProgress: (sum) => told.push(sum) })
    assert.ok(removed === 0 || removed >= 5)
    if (removed > 0) assert.equal(told.at(-1), removed)
    assert.deepEqual(
      told,
      [...told].sort((a, b) => a - b),
    )
    for (const record of live) assert.deepEqual((await store.read(record.id))?.record, record)
    for (const { id } of dead) assert.equal(await store.read(id), undefined)
    assert.equal(await store.clearExpired({ signal: AbortSignal.abort() }), 0)
  })

  law("clears in batches of the size asked for, and stops between two", async ({ store, deadlineStep }) => {
    const dead = Array.from({ length: 7 }, () => newRecord({ expiresAt: Date.now() + deadlineStep + 50 }))
    await Promise.all(dead.map((record) => store.create(record)))
    await until(dead[6]!.expiresAt + 2 * deadlineStep)
    const told = [0]
    const stop = new AbortController()
    const first = await store.clearExpired({
      batchSize: 3,
      signal: stop.signal,
      onProgress: (sum) => {
        told.push(sum)
        if (sum > 0) stop.abort()
      },
    })
    for (const [n, sum] of told.entries())
      if (n > 0) assert.ok(sum - told[n - 1]! <= 3, `a batch of ${sum - told[n - 1]!}`)
    const rest = await store.clearExpired({ batchSize: 3, onProgress: (sum) => told.push(sum) })
    if (first + rest > 0) assert.ok(first <= 3 && rest >= 4, `${first}, then ${rest}`)
  })
}
