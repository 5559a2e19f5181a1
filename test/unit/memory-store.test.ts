import { expect, it } from "vitest"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { costIn } from "../fixtures/cost.ts"

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

it("is as quick when it is full, however much it holds", async () => {
  const max = 20_000
  const full = memoryStore({ max })
  let count = 0
  const create = (store: typeof full, records: number) => async (): Promise<void> => {
    for (let n = 0; n < records; n++) await store.create(record(`${count++}`))
  }
  await create(full, max)()
  // A hundredth of it, and one that has nothing to drop. What looked at each record would take a hundred times as long.
  for (const other of [memoryStore({ max: max / 100 }), memoryStore({ max: 10 * max })]) {
    await create(other, max)()
    expect(await costIn(create(other, 1000), create(full, 1000), 15)).toBeLessThan(10)
  }
  await create(full, max)()
  expect(await full.read(`${count - max}`)).toBeDefined()
  expect(await full.read(`${count - max - 1}`)).toBe(undefined)
})

it("drops the longest unused also when it was used in any order before", async () => {
  const store = memoryStore({ max: 50 })
  const order: string[] = []
  for (let n = 0; n < 2000; n++) {
    const used = order[(n * 7919) % order.length]
    if (used !== undefined && n % 3 > 0) {
      expect((await store.read(used))?.record.id).toBe(used)
      order.push(order.splice(order.indexOf(used), 1)[0]!)
    } else {
      await store.create(record(`${n}`))
      order.push(`${n}`)
      if (order.length > 50) expect(await store.read(order.shift()!)).toBe(undefined)
    }
  }
})
