import assert from "node:assert/strict"
import type { Laws } from "./stage.ts"

/** Requests at the same time. */
export function concurrencyLaws({ storedLaw }: Laws): void {
  storedLaw("keeps every key that parallel requests write", async ({ play }) => {
    const visit = await play((session, { query }) => {
      const key = query.get("key")
      if (key) session.data[key] = 1
      return { body: Object.keys(session.data).sort().join() }
    })
    await visit("/?key=k0")
    const keys = Array.from({ length: 20 }, (_, n) => `k${n}`)
    await Promise.all(keys.map((key) => visit(`/?key=${key}`)))
    assert.equal((await visit("/")).body, keys.sort().join())
  })

  storedLaw("counts exactly with update()", async ({ play }) => {
    const visit = await play(async (session, { path }) => {
      session.data.n ??= 0
      if (path === "/add") {
        await session.update((data) => {
          data.n = Number(data.n) + 1
        })
      }
      return { body: String(session.data.n) }
    })
    await visit("/")
    await Promise.all(Array.from({ length: 20 }, () => visit("/add")))
    assert.equal((await visit("/")).body, "20")
  })
}
