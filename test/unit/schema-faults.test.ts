import { describe, expect, it, vi } from "vitest"
import { z } from "zod"
import { createSessions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

// biome-ignore lint/suspicious/noExplicitAny: what schemas and handlers do to data
type Any = any

const standard = (validate: (data: Any) => unknown): Any => ({
  "~standard": { version: 1, vendor: "test", validate },
})

/** What a schema may do to data that holds `bad`, and what is said of it. */
const FAULTS: Record<string, [schema: Any, said: RegExp]> = {
  "throws within zod": [
    z.object({
      bad: z
        .string()
        .transform((text) => new URL(text).href)
        .optional(),
    }),
    /answers later, as one of zod also does where something in it throws/,
  ],
  throws: [standard((data) => (data.bad ? new URL(data.bad) : { value: data })), /throws a TypeError/],
  "throws a text": [
    standard((data) => {
      if (data.bad) throw data.bad
      return { value: data }
    }),
    /throws a string/,
  ],
  rejects: [
    standard((data) => (data.bad ? Promise.reject(new Error(data.bad)) : { value: data })),
    /answers later.*; a schema must be synchronous/,
  ],
  "answers later within zod": [
    z.object({
      bad: z
        .string()
        .refine(async (text) => text === "")
        .optional(),
    }),
    /answers later.*; a schema must be synchronous/,
  ],
  "answers with a thenable that throws": [
    standard((data) => {
      if (!data.bad) return { value: data }
      // biome-ignore lint/suspicious/noThenProperty: it is what is tested
      return { then: () => new URL(data.bad) }
    }),
    /answers later.*; a schema must be synchronous/,
  ],
  "answers nothing": [standard((data) => (data.bad ? undefined : { value: data })), /throws a TypeError/],
  "gives a text": [standard((data) => ({ value: data.bad ?? data })), /gives no object that JSON can hold/],
  "gives nothing": [standard((data) => ({ value: data.bad ? undefined : data })), /gives no object/],
  "gives an array": [standard((data) => ({ value: data.bad ? [1] : data })), /gives no object/],
  "gives a BigInt": [standard((data) => ({ value: data.bad ? { n: 1n } : data })), /gives no object/],
  "gives a circle": [
    standard((data) => {
      const circle: Any = { ...data }
      if (data.bad) circle.self = circle
      return { value: circle }
    }),
    /throws a RangeError/,
  ],
  "has an issue that throws": [
    standard((data) =>
      data.bad
        ? { issues: [Object.defineProperty({}, "message", { get: () => data.bad.x.y })] }
        : { value: data },
    ),
    /throws a TypeError/,
  ],
}

describe.each(Object.entries(FAULTS))("a schema that %s", (_what, [schema, said]) => {
  it("refuses what is to be stored", async () => {
    const sessions: Sessions<Any> = createSessions({ store: memoryStore(), schema })
    for (const store of [
      (session: Any) => session.save(),
      async (session: Any) => sessions.commit(session),
    ]) {
      const session = await sessions.open({}).load()
      session.data.bad = SECRET
      const error = await store(session).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: "ERR_SESSION_DATA", message: expect.stringMatching(said) })
      expect(String(error)).not.toContain(SECRET)
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

  it("sets aside what is stored, leaves it out of lists, and lets its visitor log out", async () => {
    const { cookie, store, warned, sessions } = await signedIn({ bad: SECRET }, schema)
    const session = await sessions.open({ cookie }).load()
    expect([session.isNew, session.userId, JSON.stringify(session)]).toMatchObject([
      true,
      null,
      expect.anything(),
    ])
    expect(await sessions.list("ada")).toHaveLength(1)
    expect(String(warned.mock.calls)).toMatch(said)
    expect(String(warned.mock.calls)).not.toContain(SECRET)
    session.logout()
    expect(await sessions.commit(session)).toMatchObject({ result: "delete" })
    expect(await createSessions({ store }).list("ada")).toHaveLength(1)
    await new Promise((resolve) => setImmediate(resolve))
  })
})

it("a schema that throws for new sessions says so at start-up, with the error", () => {
  const create = (validate: () => unknown) => () =>
    createSessions({ store: memoryStore(), schema: standard(validate) })
  const cause = new Error("no database")
  expect(
    create(() => {
      throw cause
    }),
  ).toThrow(expect.objectContaining({ message: expect.stringContaining("throws an Error"), cause }))
  for (const late of [() => Promise.reject(cause), async () => ({ value: {} })])
    expect(create(late)).toThrow('The option "schema" must be synchronous; it answers with a promise')
  expect(create(() => ({ value: null }))).toThrow(/"schema".*gives no object/)
})

it("a schema that later refuses new sessions leaves them as they were at the start", async () => {
  let isDown = false
  const schema = standard((data) => {
    if (isDown) throw new Error("down")
    return { value: { list: [], ...data } }
  })
  const sessions: Sessions<Any> = createSessions({ store: memoryStore(), schema })
  isDown = true
  for (const _visitor of [1, 2]) {
    const session = await sessions.open({}).load()
    expect(session.data).toEqual({ list: [] })
    session.data.list.push(1)
    await expect(session.save()).rejects.toThrow(expect.objectContaining({ code: "ERR_SESSION_DATA" }))
    session.logout()
  }
})

describe("what a schema hands out twice", () => {
  const constant: Any = { n: 0, cart: { items: [] }, since: new Date(0) }
  it.each<[string, Any]>([
    [
      "a default within",
      z.object({ cart: z.any().default({ items: [] }), since: z.date().default(new Date(0)) }),
    ],
    [
      "a constant",
      standard((data) => ({ value: data.n === undefined ? constant : { ...constant, ...data } })),
    ],
    [
      "a frozen constant",
      standard(() => ({ value: Object.freeze({ cart: Object.freeze({ items: [] }), since: new Date(0) }) })),
    ],
    ["what it caught", z.object({ cart: z.any(), n: z.number(), since: z.any() }).catch(constant)],
  ])("is each visitor's own: %s", async (_what, schema) => {
    const sessions: Sessions<Any> = createSessions({ store: memoryStore(), schema, warn: () => {} })
    for (const name of ["ada", "bob"]) {
      const session = await sessions.open({}).load()
      expect(session.data.cart).toEqual({ items: [] })
      expect(session.data.since).toEqual(new Date(0))
      session.data.cart = { ...session.data.cart }
      session.data.cart.items = [...session.data.cart.items]
      session.data.since.setTime(5)
      session.data.n = 1
      const other = await sessions.open({}).load()
      other.data.cart.items.push(name)
      await Promise.allSettled([sessions.commit(session), sessions.commit(other)])
    }
    expect(constant).toEqual({ n: 0, cart: { items: [] }, since: new Date(0) })
    expect(Object.isFrozen(constant)).toBe(false)
  })

  it("keeps its prototype, and keys of every name", async () => {
    class Money {
      cents = 5
      toJSON() {
        return this.cents
      }
    }
    const money = new Money()
    const bare = Object.assign(Object.create(null), { money })
    const schema = standard(() => ({
      value: JSON.parse('{"__proto__":{"a":1}}', (key, value) => (key === "a" ? bare : value)),
    }))
    const sessions: Sessions<Any> = createSessions({ store: memoryStore(), schema })
    const { data } = await sessions.open({}).load()
    expect(Object.keys(data)).toEqual(["__proto__"])
    const inner = Object.getOwnPropertyDescriptor(data, "__proto__")!.value.a
    expect(Object.getPrototypeOf(inner)).toBe(null)
    expect(inner).not.toBe(bare)
    expect(inner.money).toBe(money)
  })
})

const SECRET = "hunter2"

async function signedIn(data: object, schema: Any) {
  const store = memoryStore()
  const loose: Sessions<Any> = createSessions({ store })
  const cookies: string[] = []
  for (const each of [data, {}]) {
    const session = await loose.open({}).load()
    Object.assign(session.data, each)
    session.login("ada")
    const { headers } = await loose.commit(session)
    cookies.push(headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!)
  }
  const warned = vi.fn()
  const sessions: Sessions<Any> = createSessions({ store, schema, warn: warned })
  return { store, sessions, warned, cookie: cookies[0]! }
}
