import { expect, it } from "vitest"
import { memoryStore } from "../../src/stores/memory.ts"

const record = (id: string, lifetime = 60_000) => ({
  id,
  userId: null,
  payload: id,
  expiresAt: Date.now() + lifetime,
})

it("keeps at most as many sessions as it may, those used last", async () => {
  const store = memoryStore({ max: 3 })
  for (const id of ["a", "b", "c"]) await store.create(record(id))
  await store.read("a")
  await store.touch("b", Date.now() + 60_000, 2)
  await store.create(record("d"))
  const left = await Promise.all(
    ["a", "b", "c", "d"].map(async (id) => (await store.read(id))?.record.payload),
  )
  expect(left).toEqual(["a", "b", undefined, "d"])
})

it("makes room with dead sessions first", async () => {
  const store = memoryStore({ max: 2 })
  await store.create(record("live"))
  await store.create(record("dead", 5))
  await new Promise((resolve) => setTimeout(resolve, 10))
  await store.create(record("new"))
  expect(await store.read("live")).toBeDefined()
  expect(await store.read("new")).toBeDefined()
})

it.each([0, -1, 1.5, Number.NaN])("is not made for %s sessions", (max) => {
  expect(() => memoryStore({ max })).toThrow(TypeError)
})
