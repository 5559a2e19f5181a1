import { execFileSync } from "node:child_process"
import { inspect, isDeepStrictEqual } from "node:util"
import { describe, expect, it } from "vitest"
import { shut } from "../../src/core/read-only.ts"
import { createSessions, type Session, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { costIn } from "../fixtures/cost.ts"

type Data = Record<string, unknown>
// biome-ignore lint/suspicious/noExplicitAny: what handlers do to data
type Any = any

/** In JavaScript's sloppy mode, where a write that an object refuses is no error by itself. */
const sloppy = (code: string): ((data: object) => unknown) => new Function("data", code) as Any

const WRITES = [
  "data.n = 2",
  "data.late = 1",
  "data.n++",
  "data['a key'] = {}",
  "data.list.push(2)",
  "data.list.length = 0",
  "data.deep.er.n = 2",
  "data.deep.late = 2",
  "delete data.deep.er",
  "data.list[0].a = 2",
  "data.__proto__ = null",
  "Object.assign(data, { n: 2 })",
]

describe("data that a handler has kept", () => {
  it.each(WRITES)("refuses %s once the response has begun, in sloppy mode too", async (write) => {
    const { sessions, cookie } = await begun()
    for (const headers of [{ cookie }, {}]) {
      const session = await sessions.open(headers).load()
      const { data } = session
      if (!headers.cookie) Object.assign(data, DATA)
      await sessions.commit(session)
      for (const kept of [data, session.data])
        expect(() => sloppy(write)(kept)).toThrow(expect.objectContaining({ code: "ERR_SESSION_CLOSED" }))
      for (const kept of [data, session.data]) expect(JSON.parse(JSON.stringify(kept))).toEqual(DATA)
    }
  })

  it("keeps what is deleted, which sloppy mode has no way to refuse, and refuses it in strict mode", async () => {
    const { sessions, cookie } = await begun()
    const session = await sessions.open({ cookie }).load()
    const { data } = session
    await sessions.commit(session)
    sloppy("delete data.n")(data)
    expect(() => delete data.n).toThrow(TypeError)
    expect(() => sloppy("delete data.n")(session.data)).toThrow(/after the response had begun/)
    expect(data.n).toBe(1)
    expect(inspect(data, { depth: 9 })).toContain("n: 1")
  })

  it("is merely frozen where it has very many keys, and so is what a refused commit leaves", async () => {
    const { sessions, cookie } = await begun()
    for (const isRefused of [false, true]) {
      const session = await sessions.open({ cookie }).load()
      const { data } = session
      for (let n = 0; n < 200; n++) data[`key ${n}`] = n
      if (isRefused) data.bad = 1n
      await Promise.resolve()
        .then(() => sessions.commit(session))
        .catch(() => {})
      sloppy("data.n = 2, data.late = 1")(data)
      expect([data.n, data.late]).toEqual([1, undefined])
      for (const write of [{ n: 2 }, { late: 1 }]) expect(() => Object.assign(data, write)).toThrow(TypeError)
      expect(() => sloppy("data.late = 1")(session.data)).toThrow(/after the response had begun/)
      expect(Object.keys(session.data)).toHaveLength(isRefused ? 204 : 203)
    }
  })

  it("costs no copy where it has very many keys", async () => {
    const fresh = Array.from({ length: 7 }, () =>
      Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`key ${n}`, n])),
    )
    const cost = await costIn(
      () => ({ ...fresh.at(-1) }),
      () => shut(fresh.pop()!),
    )
    expect(cost).toBeLessThan(0.5)
  })

  it("refuses it also when the commit failed, and after a late update", async () => {
    const { sessions, cookie } = await begun()
    const session = await sessions.open({ cookie }).load()
    const { data } = session
    data.bad = 1n
    await expect(async () => sessions.commit(session)).rejects.toThrow()
    expect(() => sloppy("data.n = 2")(data)).toThrow(/after the response had begun/)
    const other = await sessions.open({ cookie }).load()
    const kept = other.data
    await sessions.commit(other)
    await other.update((stored) => Object.assign(stored, { n: 7 }))
    expect(() => sloppy("data.n = 2")(kept)).toThrow(/after the response had begun/)
    expect([kept.n, other.data.n]).toEqual([7, 7])
  })

  it("is one object throughout the request, as plain as it looks", async () => {
    const { sessions, cookie } = await begun()
    const session = await sessions.open({ cookie }).load()
    const { data } = session
    expect(session.data).toBe(data)
    expect(isDeepStrictEqual(data, structuredClone(DATA))).toBe(true)
    expect({ ...data }).toStrictEqual(DATA)
    expect(JSON.stringify(data)).toBe(JSON.stringify(DATA))
    expect(inspect(data, { depth: 9 })).toBe(inspect(DATA, { depth: 9 }))
    expect(structuredClone(data)).toStrictEqual(DATA)
    expect(Object.keys(data)).toEqual(Object.keys(DATA))
    expect("n" in data && Object.hasOwn(data, "n")).toBe(true)
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype)
    await session.save()
    expect(session.data).toBe(data)
    data.n = 2
    delete data.list
    await sessions.commit(session)
    expect(inspect(data)).toMatch(/^\{ n: 2, deep: /)
    expect((await sessions.open({ cookie }).load()).data).toEqual({ n: 2, deep: DATA.deep })
  })

  it.each([
    ["kept", (_session: Any, kept: Any) => kept],
    ["asked for anew", (session: Any) => session.data],
  ])("is read as itself: what lies in it is the same each time (%s)", async (_what, get) => {
    const { sessions, cookie } = await begun()
    const session = await sessions.open({ cookie }).load()
    const { data } = session as Any
    data.frozen = Object.freeze([Object.freeze({ a: [1] })])
    data.locked = Object.defineProperty({}, "o", { value: { a: 1 }, enumerable: true })
    await sessions.commit(session)
    const late = get(session, data)
    expect(session.data).toBe(session.data)
    expect(late.deep.er).toBe(late.deep.er)
    expect(late.list.includes(late.list[0]) && late.list.indexOf(late.list[0])).toBe(0)
    expect(new Set([...late.list, ...late.list]).size).toBe(1)
    expect(late.frozen[0].a).toBe(late.frozen[0].a)
    expect(late.locked.o).toEqual({ a: 1 })
    const writes = [
      "data.list.push(2)",
      "data.frozen.push(1)",
      "data.frozen[0].a.push(1)",
      "data.frozen[0].b = 1",
    ]
    for (const write of [...writes, "Object.freeze(data.list)", "Object.setPrototypeOf(data.deep, null)"])
      expect(() => sloppy(write)(late)).toThrow(/after the response had begun/)
  })

  it("shows what a late update has stored", async () => {
    const { sessions, cookie } = await begun()
    const session = await sessions.open({ cookie }).load()
    void session.data.n
    await sessions.commit(session)
    expect(session.data.n).toBe(1)
    await session.update((stored) => Object.assign(stored, { n: 7 }))
    expect(session.data.n).toBe(7)
  })

  it("is read row by row in the time that it takes to read rows", async () => {
    const rowsOf = (count: number) => {
      const data: Any = { rows: Array.from({ length: count }, (_, n) => ({ n })) }
      shut(data)
      return () => {
        for (let n = 0; n < data.rows.length; n++) void data.rows[n].n
      }
    }
    // As many rows in each round: what looks at all rows for each one costs sixteen times as much where they lie in one list.
    const few = Array.from({ length: 7 * 16 }, () => rowsOf(2000))
    const many = Array.from({ length: 7 }, () => rowsOf(32_000))
    const cost = await costIn(
      () => {
        for (const read of few.splice(0, 16)) read()
      },
      () => many.pop()!(),
    )
    expect(cost).toBeLessThan(6)
  })

  it("may be frozen by the handler, and what a schema made stays itself", async () => {
    const { sessions, cookie, store } = await begun()
    const session = await sessions.open({ cookie }).load()
    Object.freeze(session.data)
    const other = await sessions.open({ cookie }).load()
    other.data.n = 5
    await sessions.commit(other)
    await session.update((stored) => Object.assign(stored, { more: 1 }))
    expect(session.data).toMatchObject({ n: 5, more: 1 })
    await sessions.commit(session)

    class Cart {
      #total = 3
      get total() {
        return this.#total
      }
      toJSON() {
        return { n: 1 }
      }
    }
    const schema = {
      "~standard": { version: 1 as const, vendor: "test", validate: () => ({ value: new Cart() }) },
    }
    const typed = createSessions({ store, schema })
    const cart = (await typed.open({ cookie }).load()) as Session<Cart>
    expect(cart.data.total).toBe(3)
    await typed.commit(cart)
    expect(cart.data.total).toBe(3)
  })
})

const DATA = { n: 1, list: [{ a: 1 }], deep: { er: { n: 1 } } }

async function begun(): Promise<{
  sessions: Sessions<Data>
  cookie: string
  store: ReturnType<typeof memoryStore>
}> {
  const store = memoryStore()
  const sessions = createSessions<Data>({ store })
  const session = await sessions.open({}).load()
  Object.assign(session.data, structuredClone(DATA))
  const { headers } = await sessions.commit(session)
  return { store, sessions, cookie: headers.find(([name]) => name === "set-cookie")![1].split(";")[0]! }
}

it("is merely frozen in production, where strict mode refuses what is assigned", () => {
  const code = `
    import { shut } from "./src/core/read-only.ts"
    const kept = { n: 1 }
    const shown = shut(kept)
    let refused
    try { kept.n = 2 } catch (error) { refused = error.name }
    console.log(JSON.stringify([kept === shown, kept.n, refused]))`
  const stdout = execFileSync(process.execPath, ["--input-type=module", "--eval", code], {
    env: { ...process.env, NODE_ENV: "production" },
  })
  expect(JSON.parse(stdout.toString())).toEqual([true, 1, "TypeError"])
})
