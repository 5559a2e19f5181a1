import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { addressOf } from "../../src/stores/url/address.ts"
import { openBackend } from "../../src/stores/url/open.ts"

const directory = mkdtempSync(join(tmpdir(), "holdfast-"))
afterAll(() => rmSync(directory, { recursive: true }))

it("all sessions of a SQLite file are removed some at a time, since the file is locked meanwhile", async () => {
  const address = addressOf(`sqlite:${directory}/sessions.db`)
  const { store, upkeep } = await openBackend(address, { onError: () => {}, mayCreate: true })
  const fill = async (): Promise<void> => {
    for (let n = 0; n < 500; n++)
      await store.create({ id: `${n}`, userId: null, payload: "{}", expiresAt: Date.now() + 60_000 })
  }
  for (const [options, sums] of [
    [{}, [200, 400, 500]],
    [{ batchSize: 250 }, [250, 500, 500]],
  ] as const) {
    await fill()
    const told: number[] = []
    const removed = await upkeep.deleteAll({ ...options, onProgress: (sum) => told.push(sum) })
    expect([removed, told]).toEqual([500, sums])
  }
  await store.close()
})

it.each(["sqlite", "file"])("what removes all sessions can be stopped: %s", async (scheme) => {
  const address = addressOf(`${scheme}:${directory}/stopped-${scheme}`)
  const { store, upkeep } = await openBackend(address, { onError: () => {}, mayCreate: true })
  for (let n = 0; n < 30; n++) {
    const id = String(n).padStart(32, "0")
    await store.create({ id, userId: null, payload: "{}", expiresAt: Date.now() + 60_000 })
  }
  const stop = new AbortController()
  const options = { batchSize: 7, signal: stop.signal, onProgress: () => stop.abort() }
  expect(await upkeep.deleteAll(options)).toBe(7)
  expect(await upkeep.deleteAll({ batchSize: 7 })).toBe(23)
  await store.close()
})
