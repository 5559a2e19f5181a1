import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"

const directory = mkdtempSync(join(tmpdir(), "holdfast-close-"))
afterAll(() => rmSync(directory, { recursive: true }))

// Nobody listens on port 1: these never reach their server.
describe.each([
  "memory:",
  `sqlite:${join(directory, "sessions.db")}`,
  `file:${join(directory, "sessions")}`,
  "postgres://u:p@127.0.0.1:1/shop",
  "mysql://u:p@127.0.0.1:1/shop",
  "redis://127.0.0.1:1",
  "redis+cluster://127.0.0.1:1",
  "redis+sentinel://127.0.0.1:1/main",
  "memcached://127.0.0.1:1",
])("a store of the URL %s", (url) => {
  it("is closed as often as anybody likes, at once and later", async () => {
    const store = await storeFromUrl(url)
    await expect(Promise.all([store.close(), store.close()])).resolves.toHaveLength(2)
    await expect(store.close()).resolves.toBeUndefined()
  })
})

it("a SQLite store that was opened by its path is closed as often as anybody likes", async () => {
  const store = sqliteStore(":memory:")
  await store.close()
  await expect(store.close()).resolves.toBeUndefined()
})
