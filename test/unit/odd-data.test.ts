import { createContext, runInContext } from "node:vm"
import { afterEach, describe, expect, it, vi } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

// biome-ignore lint/suspicious/noExplicitAny: what handlers do to data
type Any = any

const realm = createContext({})
const foreign = (code: string): Any => runInContext(`(${code})`, realm)

describe("what another realm has made", () => {
  it.each([
    ["an object", "{ name: 'ada', tags: [{ a: 1 }] }"],
    ["what its JSON gave", `JSON.parse('{"a":{"b":[1,{"c":null}]},"__proto__":1}')`],
    ["an array", "[1, { a: [] }]"],
    ["an object without a prototype", "Object.assign(Object.create(null), { a: 1 })"],
  ])("is data: %s", async (_what, code) => {
    const { sessions, cookie } = await begun()
    const session = await sessions.open({ cookie }).load()
    session.data.value = foreign(code)
    await sessions.commit(session)
    const kept = (await sessions.open({ cookie }).load()).data.value
    expect(JSON.stringify(kept)).toBe(JSON.stringify(foreign(code)))
    expect(() => Object.assign(session.data.value, { late: 1 })).toThrow(/after the response had begun/)
  })

  it.each([
    ["an instance", "new (class Cart {})", /a Cart/],
    ["a map", "new Map()", /a Map/],
    ["a date", "new Date(0)", /a Date/],
    ["what inherits", "Object.create({ a: 1 })", /is an Object/],
    ["what inherits from no object", "Object.create(Object.create(null))", /is an object/],
  ])("is refused as our own is: %s", async (_what, code, said) => {
    const { sessions } = await begun()
    const session = await sessions.open({}).load()
    session.data.value = foreign(code)
    await expect(session.save()).rejects.toThrow(said)
  })

  it("is an expiry: a date", async () => {
    const { sessions, cookie } = await begun()
    const session = await sessions.open({ cookie }).load()
    const at = Date.now() + 1_000_000
    session.setExpiry(foreign(`new Date(${at})`))
    expect(session.expiry).toEqual(new Date(at))
    expect(session.getExpiryDate({ expiry: foreign(`new Date(${at - 5})`) })).toEqual(new Date(at - 5))
    await sessions.commit(session)
    expect((await sessions.open({ cookie }).load()).expiry).toEqual(new Date(at))
    const other = await sessions.open({ cookie }).load()
    for (const wrong of [foreign("new Date(NaN)"), { [Symbol.toStringTag]: "Date" }])
      expect(() => other.setExpiry(wrong)).toThrow(TypeError)
  })
})

describe("a text that JSON takes as it is", () => {
  const { rawJSON } = JSON as { rawJSON?: (text: string) => object }
  it.runIf(rawJSON)("is refused, since it would be read as something else", async () => {
    const { sessions } = await begun()
    const session = await sessions.open({}).load()
    session.data.big = rawJSON!("12345678901234567890")
    await expect(session.save()).rejects.toThrow(expect.objectContaining({ code: "ERR_SESSION_DATA" }))
  })
})

describe("what all objects inherit", () => {
  const given: Any = Object.prototype
  afterEach(() => {
    for (const key of ["shuffle", "one", "two"]) delete given[key]
  })

  it("is not the session's, be it what JSON can't hold", async () => {
    const { sessions, cookie } = await begun()
    given.shuffle = () => 1
    given.one = { x: [] }
    given.two = { y: 1n }
    const session = await sessions.open({ cookie }).load()
    session.data.deep = { a: [{ b: {} }] }
    await sessions.commit(session)
    expect(Object.keys((await sessions.open({ cookie }).load()).data)).toEqual(["n", "deep"])
    const other = await sessions.open({ cookie }).load()
    other.data.shuffle = () => 2
    await expect(other.save()).rejects.toThrow("data.shuffle is a function")
  })
})

describe("update() resolves with what it stored, although the handler has", () => {
  it.each<[string, (data: Any) => unknown]>([
    ["sealed its data", Object.seal],
    ["frozen its data", Object.freeze],
    ["closed its data", Object.preventExtensions],
    [
      "defined a key that can't be deleted",
      (data) => Object.defineProperty(data, "gone", { configurable: false }),
    ],
    ["defined a key for itself", (data) => Object.defineProperty(data, "n", { configurable: false })],
    [
      "defined a key that is not for writing",
      (data) => Object.defineProperty(data, "n", { writable: false }),
    ],
    [
      "sealed it, and its own accessor in it",
      (data) => {
        Object.defineProperty(data, "n", { get: () => 1, enumerable: true })
        Object.seal(data)
      },
    ],
  ])("%s", async (_what, close) => {
    const { sessions, cookie } = await begun({ n: 1, gone: 1 })
    const session = await sessions.open({ cookie }).load()
    close(session.data)
    await session.update((data: Any) => {
      data.n += 10
      data.paid = true
      delete data.gone
    })
    expect(session.data).toEqual({ n: 11, paid: true })
    expect(await sessions.commit(session)).toMatchObject({ result: "nothing" })
    expect((await sessions.open({ cookie }).load()).data).toEqual({ n: 11, paid: true })
  })
})

it("reading large data waits for no timer of a test", async () => {
  const { sessions, cookie } = await begun({ text: "x".repeat(200_000) })
  vi.useFakeTimers()
  try {
    const reads = Array.from({ length: 20 }, () => sessions.open({ cookie }).load())
    await Promise.all(reads)
  } finally {
    vi.useRealTimers()
  }
}, 20_000)

async function begun(data: object = { n: 1 }) {
  const sessions: Sessions<Any> = createSessions({ store: memoryStore() })
  const session = await sessions.open({}).load()
  Object.assign(session.data, data)
  const { headers } = await sessions.commit(session)
  return { sessions, cookie: headers.find(([name]) => name === "set-cookie")![1].split(";")[0]! }
}
