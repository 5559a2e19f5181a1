import { randomBytes } from "node:crypto"
import { describe, expect, it, vi } from "vitest"
import { z } from "zod"
import { createSessions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { begin } from "./begin.ts"

// Two versions of an application at work on the same sessions, with a schema each.

type Data = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: what schemas and handlers do to data
type Any = any

const standard = (validate: (data: Any) => unknown): Any => ({
  "~standard": { version: 1, vendor: "test", validate },
})
const n = z.number().default(0)

/** What the older version shows of what the newer one has stored; the two must agree on nothing but `n`. */
const VERSIONS: Record<string, [older: Any, stored: Data]> = {
  "a nested key": [
    z.object({ n, profile: z.object({ name: z.string() }).optional() }),
    { n: 0, profile: { name: "ada", age: 36 } },
  ],
  "keys of objects in an array": [
    z.object({ n, items: z.array(z.object({ id: z.number() })).default([]) }),
    { n: 0, items: [{ id: 1, size: "M" }, { id: 2 }] },
  ],
  "a value that it does not know": [
    z.object({ n, theme: z.enum(["light", "dark"]).catch("light") }),
    { theme: "auto", n: 0 },
  ],
  "a value that it turns into another": [
    z.object({ zip: z.coerce.number(), n }).partial(),
    { zip: "01234", n: 0 },
  ],
  "a value that it would not take as it gives it": [
    z.object({ n, price: z.string().transform(Number).optional() }),
    { n: 0, price: "12.50" },
  ],
  "keys beside one that is new at each read": [
    standard((data) => ({ value: { n: data.n ?? 0, nonce: Math.random() } })),
    { n: 0, cart: [1], "7": "seven", ["__proto__"]: { a: 1 } },
  ],
  "keys in another order": [
    standard((data) => ({ value: { z: data.z, n: data.n, list: data.list?.slice(0, 1) } })),
    { list: [1, 2], z: { b: 1, a: 2 }, n: 0 },
  ],
}

describe.each(Object.entries(VERSIONS))("an older version keeps %s", (_what, [schema, stored]) => {
  it.each<[string, (session: Any) => unknown]>([
    ["a change", (session) => session.data.n++],
    ["update()", (session) => session.update((data: Any) => data.n++)],
    [
      "save(), and a change after it",
      async (session) => {
        session.data.n = 7
        await session.save()
        session.data.n = 1
      },
    ],
  ])("through %s of another key", async (_how, work) => {
    const { store, cookie, loose } = await begun(stored)
    const older: Sessions<Any> = createSessions({ store, schema })
    const session = await older.open({ cookie }).load()
    await work(session)
    await older.commit(session)
    const { nonce, ...kept } = (await loose.open({ cookie }).load()).data
    expect(kept).toEqual({ ...stored, n: 1 })
  })
})

it("an older version has what it changes itself, as it has it", async () => {
  const { store, cookie, loose } = await begun({ profile: { name: "ada", age: 36 }, tags: ["a"], n: 0 })
  const schema = z.object({ n, profile: z.object({ name: z.string() }).optional(), tags: z.any().optional() })
  const older: Sessions<Any> = createSessions({ store, schema })
  const session = await older.open({ cookie }).load()
  session.data.profile.name = "bob"
  delete session.data.tags
  await older.commit(session)
  expect((await loose.open({ cookie }).load()).data).toEqual({ n: 0, profile: { name: "bob" } })
})

it("a request goes on from what its update() has stored, though the schema would not take what it gives", async () => {
  const { store, cookie } = await begun({ n: 0, price: "12.50" })
  const warned = vi.fn()
  const schema = z.object({ n, price: z.string().transform(Number).optional() })
  const sessions: Sessions<Any> = createSessions({ store, schema, warn: warned })
  const session = await sessions.open({ cookie }).load()
  expect(session.data).toEqual({ n: 0, price: 12.5 })
  await session.update((data: Any) => data.n++)
  expect(session.data).toEqual({ n: 1, price: 12.5 })
  expect(await sessions.commit(session)).toMatchObject({ result: "nothing" })
  expect(warned).not.toHaveBeenCalled()
})

it("a nested key stays also where an old name has to go", async () => {
  const stored = { name: "Ada", profile: { id: 1, age: 36 }, more: 1 }
  const { store, cookie, loose } = await begun(stored)
  const schema = standard(({ name, first = name, profile: { id } = {} as Any }) => ({
    value: { first, profile: { id } },
  }))
  const newer: Sessions<Any> = createSessions({ store, schema })
  const session = await newer.open({ cookie }).load()
  session.data.first = "Augusta"
  await newer.commit(session)
  expect((await newer.open({ cookie }).load()).data.first).toBe("Augusta")
  expect((await loose.open({ cookie }).load()).data).toMatchObject({ profile: { id: 1, age: 36 }, more: 1 })
})

it("a large key that was renamed leaves its old name for lack of room", async () => {
  const { store, cookie, loose } = await begun({ old: "x".repeat(600), more: 1 })
  const schema = standard(({ old, text = old, count = 0 }) => ({ value: { text, count } }))
  const newer: Sessions<Any> = createSessions({ store, schema, maxBytes: 1000 })
  const session = await newer.open({ cookie }).load()
  session.data.count = 1
  await newer.commit(session)
  expect((await loose.open({ cookie }).load()).data).toEqual({ text: "x".repeat(600), count: 1, more: 1 })
})

it("and so it does where all is sealed in a cookie", async () => {
  const seal = [randomBytes(32).toString("base64url")] as const
  const schema = standard(({ cart, basket = cart ?? "", count = 0 }) => ({ value: { basket, count } }))
  const before = createSessions<Data>({ seal })
  const newer: Sessions<Any> = createSessions({ seal, schema })
  const cookie = await begin(before, { cart: "x".repeat(1600), more: 1 })
  const session = await newer.open({ cookie }).load()
  session.data.count = 1
  const { headers } = await newer.commit(session)
  const next = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
  const { data } = await before.open({ cookie: next }).load()
  expect(data).toEqual({ basket: "x".repeat(1600), count: 1, more: 1 })
  const tooMuch = await newer.open({ cookie }).load()
  tooMuch.data.basket = "x".repeat(5000)
  await expect(async () => newer.commit(tooMuch)).rejects.toThrow(/a browser keeps 4096/)
})

it("the schema is asked a bounded number of times, however many old keys have to go", async () => {
  const old = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`item:${index}`, index]))
  const { store, cookie } = await begun(old)
  const validate = vi.fn((data: Any) => {
    const items = Object.entries(data).filter(([key]) => key.startsWith("item:"))
    return { value: { cart: data.cart ?? {}, ...(items.length > 0 && { cart: Object.fromEntries(items) }) } }
  })
  const folding: Sessions<Any> = createSessions({ store, schema: standard(validate) })
  const session = await folding.open({ cookie }).load()
  validate.mockClear()
  session.data.cart = {}
  await folding.commit(session)
  expect(validate.mock.calls.length).toBeLessThan(40)
  expect((await folding.open({ cookie }).load()).data).toEqual({ cart: {} })
})

async function begun(data: Data) {
  const store = memoryStore()
  const loose = createSessions<Data>({ store })
  return { store, loose, cookie: await begin(loose, data) }
}
