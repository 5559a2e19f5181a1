import { describe, expect, it } from "vitest"
import { createSessions, type SessionError, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { costIn, cpuOf, cpuTime, medianOf } from "../fixtures/cost.ts"

// What large sessions cost, in units of what JSON itself takes for the same data.

type Data = Record<string, unknown>

const shapes: Record<string, () => unknown> = {
  zeros: () => Array(500_000).fill(0),
  "empty arrays": () => Array.from({ length: 330_000 }, () => []),
  "empty objects": () => Array.from({ length: 330_000 }, () => ({})),
  "objects of one key": () => Array.from({ length: 90_000 }, (_, n) => ({ a: n })),
  "one object of many keys": () =>
    Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`key ${n}`, n])),
  "long strings": () => Array.from({ length: 10 }, (_, n) => String(n).repeat(100_000)),
  "nested to the limit": () => Array.from({ length: 2000 }, () => nested(126)),
  "a basket": () =>
    Array.from({ length: 10_000 }, (_, id) => ({ id, name: `Thing ${id}`, price: 12.5, tags: ["a", "b"] })),
}

describe("1 MB", () => {
  it.each(
    Object.entries(shapes),
  )("of %s costs little more than JSON does, to store and to change", async (_name, make) => {
    const value = make()
    const text = JSON.stringify({ value })
    const plain = () => void JSON.stringify(JSON.parse(text))
    const sessions = createSessions<Data>({ store: memoryStore(), maxBytes: 2_000_000 })
    const cookie = await begun(sessions, { value })
    const stored = await costIn(plain, async () => {
      const session = await sessions.open({}).load()
      session.data.value = value
      await sessions.commit(session)
    })
    const changed = await costIn(plain, async () => {
      const session = await sessions.open({ cookie }).load()
      session.data.n = Math.random()
      await sessions.commit(session)
    })
    expect(stored).toBeLessThan(2.5)
    expect(changed).toBeLessThan(2.5)
  })
})

it("refuses 10 MB before looking through them", async () => {
  const value = Array(5_000_000).fill(0)
  const sessions = createSessions<Data>({ store: memoryStore(), maxBytes: 1_000_000 })
  const session = await sessions.open({}).load()
  session.data.value = value
  const refused = await costIn(
    () => void JSON.stringify(session.data),
    async () => {
      const error = await session.save().catch((thrown: SessionError) => thrown)
      expect(error).toMatchObject({
        code: "ERR_SESSION_DATA",
        message: expect.stringContaining('"maxBytes"'),
      })
    },
  )
  expect(refused).toBeLessThan(1.5)
})

it("lets nobody wait for longer than a few writes, however many write 1 MB at once", async () => {
  const text = JSON.stringify({ value: shapes.zeros!() })
  const sessions = createSessions<Data>({ store: memoryStore(), maxBytes: 2_000_000 })
  const cookie = await begun(sessions, JSON.parse(text))
  const write = async (): Promise<void> => {
    const session = await sessions.open({ cookie }).load()
    session.data.n = Math.random()
    await sessions.commit(session)
  }
  const writes: number[] = []
  for (let round = 0; round < 7; round++) writes.push(await cpuOf(write))
  let longest = 0
  let last = cpuTime()
  const watch = setInterval(() => {
    const now = cpuTime()
    longest = Math.max(longest, now - last)
    last = now
  }, 0)
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const session = await sessions.open({ cookie }).load()
      session.data[`key ${n}`] = n
      await sessions.commit(session)
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, 5))
  clearInterval(watch)
  expect(Object.keys((await sessions.open({ cookie }).load()).data)).toHaveLength(22)
  expect(longest / medianOf(writes)).toBeLessThan(5)
})

it("merges writes of data of very many keys one at a time, since each takes long", async () => {
  const inner = memoryStore()
  let writes = 0
  const store = {
    ...inner,
    replace: (...args: Parameters<typeof inner.replace>) => {
      writes++
      return inner.replace(...args)
    },
  }
  const sessions = createSessions<Data>({ store })
  const many = Object.fromEntries(Array.from({ length: 12_000 }, (_, n) => [`key ${n}`, n]))
  for (const [data, least, most] of [
    [many, 10, 10],
    [{ text: JSON.stringify(many) }, 1, 5],
  ] as const) {
    const cookie = await begun(sessions, data)
    writes = 0
    await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const session = await sessions.open({ cookie }).load()
        session.data[`new ${n}`] = n
        await sessions.commit(session)
      }),
    )
    expect(writes).toBeGreaterThanOrEqual(least)
    expect(writes).toBeLessThanOrEqual(most)
    expect((await sessions.open({ cookie }).load()).data).toMatchObject({ "new 0": 0, "new 9": 9 })
  }
})

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

async function begun(sessions: Sessions<Data>, data: Data = {}): Promise<string> {
  const session = await sessions.open({}).load()
  Object.assign(session.data, data)
  session.login("ada")
  const { headers } = await sessions.commit(session)
  return headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
}
