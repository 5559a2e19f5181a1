import { randomBytes } from "node:crypto"
import { describe, expect, it, vi } from "vitest"
import { z } from "zod"
import { createSessions, type Session, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { begin } from "./begin.ts"

type Data = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: what a handler does to data that has another type
type Any = any

const REFUSED = expect.objectContaining({ code: "ERR_SESSION_DATA" })

describe("a schema is asked when data is stored", () => {
  const schema = z.object({ n: z.number().max(9).optional(), seen: z.coerce.date().optional() })

  it.each<[string, (session: Session<Any>, sessions: Sessions<Any>) => unknown]>([
    ["a commit", (session, sessions) => sessions.commit(session)],
    ["save()", (session) => session.save()],
    [
      "a commit with a login",
      (session, sessions) => {
        session.login("ada")
        return sessions.commit(session)
      },
    ],
  ])("by %s, which refuses what the next request would set aside", async (_what, store) => {
    const { sessions, cookie } = await begun(schema, { n: 1 })
    for (const headers of [{ cookie }, {}]) {
      const session = await sessions.open(headers).load()
      session.data.n = 10
      await expect(async () => store(session, sessions)).rejects.toThrow(REFUSED)
    }
    expect((await sessions.open({ cookie }).load()).data).toEqual({ n: 1 })
  })

  it("by update(), in a new session with the response", async () => {
    const { sessions, cookie } = await begun(schema, { n: 9 })
    const session = await sessions.open({ cookie }).load()
    await expect(session.update((data: Any) => ++data.n)).rejects.toThrow(
      expect.objectContaining({
        code: "ERR_SESSION_DATA",
        message: expect.stringMatching(/schema refuses.*data\.n: /),
      }),
    )
    await session.update((data: Any) => --data.n)
    expect((await sessions.open({ cookie }).load()).data).toEqual({ n: 8 })
    const fresh = await sessions.open({}).load()
    await fresh.update((data: Any) => Object.assign(data, { n: 10 }))
    await expect(async () => sessions.commit(fresh)).rejects.toThrow(REFUSED)
  })

  it("after a merge, since two changes may not go together", async () => {
    const both = z
      .object({ a: z.number().default(0), b: z.number().default(0) })
      .refine(({ a, b }) => a + b < 10)
    const { sessions, cookie } = await begun(both, { a: 1, b: 1 })
    const [one, other] = [await sessions.open({ cookie }).load(), await sessions.open({ cookie }).load()]
    one.data.a = 8
    other.data.b = 8
    await sessions.commit(one)
    await expect(async () => sessions.commit(other)).rejects.toThrow(REFUSED)
    expect((await sessions.open({ cookie }).load()).data).toEqual({ a: 8, b: 1 })
  })

  it("whatever it gives is stored as it is, and must be what it takes", async () => {
    const transforming = z.object({
      n: z.string().transform(Number).optional(),
      seen: z.coerce.date().optional(),
    })
    const { sessions, cookie } = await begun(transforming, { seen: new Date(5) })
    expect((await sessions.open({ cookie }).load()).data).toEqual({ seen: new Date(5) })
    const session = await sessions.open({ cookie }).load()
    session.data.n = 1
    await expect(async () => sessions.commit(session)).rejects.toThrow(/data\.n: /)
  })

  it("and not when nothing has changed, nor for what was stored before", async () => {
    const validate = vi.fn((data: unknown) => ({ value: data as Data }))
    const { sessions, cookie } = await begun(
      { "~standard": { version: 1, vendor: "test", validate } },
      { n: 1 },
    )
    validate.mockClear()
    const session = await sessions.open({ cookie }).load()
    void session.data.n
    await sessions.commit(session)
    expect(validate).toHaveBeenCalledOnce()
    const writer = await sessions.open({ cookie }).load()
    writer.data.n = 2
    await sessions.commit(writer)
    expect(validate).toHaveBeenCalledTimes(3)
  })

  it("also by sessions in a cookie", async () => {
    const sessions: Sessions<Any> = createSessions({ seal: [randomBytes(32).toString("base64url")], schema })
    const session = await sessions.open({}).load()
    session.data.n = 10
    await expect(async () => sessions.commit(session)).rejects.toThrow(REFUSED)
  })
})

describe("keys that the schema does not know", () => {
  const older = z.object({ n: z.number().default(0), list: z.array(z.object({ id: z.number() })).optional() })
  const stored = { n: 1, cart: [{ id: 1 }], "": 0, ["__proto__"]: { a: 1 } }

  it.each<[string, (session: Session<Any>, sessions: Sessions<Any>) => unknown]>([
    ["a change", (session) => session.data.n++],
    ["update()", (session) => session.update((data: Any) => data.n++)],
    [
      "save(), and a change after it",
      async (session) => {
        session.data.n = 7
        await session.save()
        session.data.n = 2
      },
    ],
    [
      "a login and a change",
      (session) => {
        session.login("ada")
        session.data.n = 2
      },
    ],
    [
      "a merge",
      async (session, sessions) => {
        const other = await sessions.open({ cookie: theCookie }).load()
        other.data.list = [{ id: 1 }]
        await sessions.commit(other)
        session.data.n = 2
      },
    ],
  ])("stay through %s", async (what, work) => {
    const { store, cookie } = await begunLoosely(stored)
    const sessions: Sessions<Any> = createSessions({ store, schema: older })
    theCookie = cookie
    const session = await sessions.open({ cookie }).load()
    expect(session.data).toEqual({ n: 1 })
    await work(session, sessions)
    const { headers } = await sessions.commit(session)
    const next = headers.find(([name]) => name === "set-cookie")?.[1].split(";")[0] ?? cookie
    const loose: Sessions<Data> = createSessions<Data>({ store })
    const list = what === "a merge" && { list: [{ id: 1 }] }
    expect({ ...(await loose.open({ cookie: next }).load()).data }).toEqual({ ...stored, n: 2, ...list })
  })

  it("stay when others change them meanwhile", async () => {
    const { store, cookie, sessions: loose } = await begunLoosely(stored)
    const sessions: Sessions<Any> = createSessions({ store, schema: older })
    const session = await sessions.open({ cookie }).load()
    session.data.n = 2
    const newer = await loose.open({ cookie }).load()
    newer.data.cart = "theirs"
    newer.data.more = true
    await loose.commit(newer)
    await sessions.commit(session)
    expect((await loose.open({ cookie }).load()).data).toEqual({
      ...stored,
      n: 2,
      cart: "theirs",
      more: true,
    })
  })

  it("go where the schema reads them, and would read the change differently beside them", async () => {
    const renaming = z.preprocess(
      (data: Any) => ("name" in data ? { ...data, first: data.name } : data),
      z.object({ first: z.string().optional(), n: z.number().optional() }),
    )
    const {
      store,
      cookie,
      sessions: loose,
    } = await begunLoosely({ name: "Ada", cart: [1], theirs: 1, more: 2 })
    const sessions: Sessions<Any> = createSessions({ store, schema: renaming })
    const one = await sessions.open({ cookie }).load()
    expect(one.data).toEqual({ first: "Ada" })
    one.data.n = 1
    await sessions.commit(one)
    // For the sake of the version that knows it, the old name stays for as long as it says the same.
    expect((await loose.open({ cookie }).load()).data).toEqual({
      first: "Ada",
      n: 1,
      name: "Ada",
      cart: [1],
      theirs: 1,
      more: 2,
    })
    const other = await sessions.open({ cookie }).load()
    other.data.first = "Augusta"
    await sessions.commit(other)
    expect((await loose.open({ cookie }).load()).data).toEqual({
      first: "Augusta",
      n: 1,
      cart: [1],
      theirs: 1,
      more: 2,
    })
    expect((await sessions.open({ cookie }).load()).data.first).toBe("Augusta")
  })

  it("go also where it takes two of them to be read", async () => {
    const joining = z.preprocess(
      (data: Any) =>
        "first" in data && "last" in data ? { ...data, name: `${data.first} ${data.last}` } : data,
      z.object({ name: z.string().optional() }),
    )
    const { store, cookie } = await begunLoosely({ first: "Ada", more: 1, last: "Byron" })
    const sessions: Sessions<Any> = createSessions({ store, schema: joining })
    const session = await sessions.open({ cookie }).load()
    expect(session.data).toEqual({ name: "Ada Byron" })
    session.data.name = "Ada Lovelace"
    await sessions.commit(session)
    const { data } = await sessions.open({ cookie }).load()
    expect(data).toEqual({ name: "Ada Lovelace" })
    expect((await createSessions<Data>({ store }).open({ cookie }).load()).data).toMatchObject({ more: 1 })
  })

  it("and only they stay: a key that the schema shows goes when the application deletes it", async () => {
    const { store, cookie, sessions: loose } = await begunLoosely({ n: 1, list: [{ id: 1 }], cart: [1] })
    const sessions: Sessions<Any> = createSessions({ store, schema: older })
    const session = await sessions.open({ cookie }).load()
    delete session.data.list
    await sessions.commit(session)
    expect((await loose.open({ cookie }).load()).data).toEqual({ n: 1, cart: [1] })
  })

  it("are the application's to set, and end with the session", async () => {
    const { store, cookie } = await begunLoosely({ n: 1, cart: [1] })
    const sessions: Sessions<Any> = createSessions({ store, schema: older })
    const session = await sessions.open({ cookie }).load()
    session.destroy()
    session.data.n = 3
    const { headers } = await sessions.commit(session)
    const next = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
    expect((await createSessions<Data>({ store }).open({ cookie: next }).load()).data).toEqual({ n: 3 })
  })

  it("go where there is no room for them beside the change", async () => {
    const { store, cookie, sessions: loose } = await begunLoosely({ n: 1, text: "x".repeat(500), more: 1 })
    const sessions: Sessions<Any> = createSessions({ store, schema: older, maxBytes: 300 })
    const session = await sessions.open({ cookie }).load()
    session.data.n = 2
    await sessions.commit(session)
    expect((await loose.open({ cookie }).load()).data).toEqual({ n: 2, more: 1 })
  })
})

describe("what a schema says", () => {
  it("is told on one short line, whatever a visitor put in it", async () => {
    const evil = `a\n\u001b[31m\u202e${"x".repeat(5000)}`
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: (data: unknown) =>
          Object.keys(data as object).length > 0
            ? {
                issues: [
                  { message: `Unrecognized key: "${evil}"`, path: [evil, { key: evil }, 0, "deep", "er"] },
                ],
              }
            : { value: data as Any },
      },
    }
    const { store, cookie } = await begunLoosely({ n: 1 })
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {})
    const sessions: Sessions<Any> = createSessions({ store, schema })
    const session = await sessions.open({ cookie }).load()
    expect(session.isNew).toBe(true)
    session.data.n = 2
    const error = await session.save().catch((thrown: Error) => thrown)
    const said = [String(warned.mock.calls[0]), String(error)]
    warned.mockRestore()
    for (const text of said) {
      expect(text).toMatch(/something in data\["a\\n\\u001b\[31m\\u202ex+…"\]/)
      for (const character of ["\n", "\u001b", "\u202e"]) expect(text).not.toContain(character)
      expect(text.length).toBeLessThan(600)
    }
  })
})

let theCookie = ""

async function begun(schema: Any, data: Data): Promise<{ sessions: Sessions<Any>; cookie: string }> {
  const sessions: Sessions<Any> = createSessions({ store: memoryStore(), schema })
  return { sessions, cookie: await begin(sessions, data) }
}

async function begunLoosely(data: Data) {
  const store = memoryStore()
  const sessions = createSessions<Data>({ store })
  return { store, sessions, cookie: await begin(sessions, data) }
}
