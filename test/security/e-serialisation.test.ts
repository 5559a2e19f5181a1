import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { adapters } from "../adapters/serve.ts"
import { begun, type Data, request } from "./stage.ts"

afterEach(() => {
  expect(({} as { polluted?: unknown }).polluted).toBe(undefined)
  expect(Object.keys(Object.prototype)).toEqual([])
})

const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "toJSON", "then", ""]

describe("E. serialisation", () => {
  it("E-1 (CVE-2020-9484, CVE-2025-24813, CVE-2017-1000053, CVE-2018-15133, CVE-2013-7489) what lies in the store is text and runs nothing", async () => {
    const { store, sessions, cookie } = await begun()
    const { id } = await sessions.open({ cookie }).load()
    for (const payload of [
      "rO0ABXNyABdqYXZhLnV0aWw=",
      "gASVKAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAZpZCA+IC94lIWUUpQu",
      'O:8:"stdClass":0:{}',
      "{{constructor.constructor('return process')()}}",
      "_$$ND_FUNC$$_function(){throw 1}()",
      '{"v":1,"createdAt":1,"expiry":null,"data":{"a":{"$type":"Function"}}',
      '{"v":1,"createdAt":1,"expiry":007,"data":{}}',
      '{"v":1,"createdAt":1,"expiry":"....","data":{}}',
      `{"v":1,"createdAt":${Date.now()},"expiry":null,"data":[1]}`,
      `{"v":1,"createdAt":${Date.now()},"expiry":null,"data":null}`,
      `{"v":1,"createdAt":${Date.now()},"expiry":null,"data":${"[".repeat(100_000)}}`,
      "",
      "moved:",
      "\0",
    ]) {
      const found = await store.read(id!)
      await store.replace({ ...found!.record, payload }, found!.version)
      const quiet = createSessions<Data>({ store, warn: () => {} })
      const session = await quiet.open({ cookie }).load()
      expect([session.isNew, session.data], payload.slice(0, 60)).toEqual([true, {}])
    }
  })

  it("E-2 (CVE-2026-31865, CVE-2025-57820, CVE-2022-23631) names of the prototype are kept as data, and pollute nothing", async () => {
    const value = fc.oneof(
      fc.constant({ polluted: true }),
      fc.constant(null),
      fc.dictionary(fc.constantFrom(...NAMES), fc.constant({ polluted: 1 })),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { minLength: 1 }),
        fc.constantFrom(...NAMES),
        async (pairs, late) => {
          const { sessions, cookie } = await begun({ n: 1 })
          const data = JSON.parse(
            `{${pairs.map(([name, inner]) => `${JSON.stringify(name)}:${JSON.stringify(inner)}`)}}`,
          )
          const put = (target: object, source: object) =>
            Object.defineProperties(target, Object.getOwnPropertyDescriptors(source))
          // One writes what another request writes beside it, so that both are merged.
          const [one, other] = [
            await sessions.open({ cookie }).load(),
            await sessions.open({ cookie }).load(),
          ]
          put(one.data, data)
          other.data.other = JSON.parse(`{${JSON.stringify(late)}:{"polluted":1}}`)
          await sessions.commit(other)
          await sessions.commit(one)
          const after = await sessions.open({ cookie }).load()
          expect(JSON.stringify(sorted(after.data))).toBe(
            JSON.stringify(sorted({ n: 1, ...other.data, ...data })),
          )
          expect(Object.getPrototypeOf(after.data)).toBe(Object.prototype)
          await sessions.commit(after)
          expect(Object.getPrototypeOf(after.data)).toBe(Object.prototype)
        },
      ),
      { numRuns: 100 },
    )
  })

  it("E-3 what JSON can hold comes back, and the rest is refused in words", async () => {
    const { sessions, cookie } = await begun()
    const keep = async (value: unknown): Promise<unknown> => {
      await request(sessions, cookie, (session) => Object.assign(session.data, { value }))
      return (await sessions.open({ cookie }).load()).data.value
    }
    for (const value of ["\ud800", "\u0000", "\u2028", 1e308, 5e-324, [], {}, [null], "x".repeat(900_000)])
      expect(await keep(value)).toEqual(value)
    for (const value of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      () => {},
      Symbol("s"),
      new Map(),
      new Date(),
      [undefined],
    ])
      await expect(keep(value)).rejects.toMatchObject({ code: "ERR_SESSION_DATA" })
    let deep: unknown = 1
    for (let n = 0; n < 200_000; n++) deep = [deep]
    const outcome = await keep(deep).then(Array.isArray, (error: { code: string }) => error.code)
    expect([true, "ERR_SESSION_DATA"]).toContain(outcome)
    expect((await sessions.open({ cookie }).load()).data.n).toBe(1)
  })

  it.each(
    Object.entries(adapters),
  )("E-6 (CVE-2021-43980) %s: 200 requests side by side see each their own session", async (_name, serve) => {
    const store = memoryStore()
    const sessions = createSessions<Data>({ store })
    const cookies = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const { cookie } = await request(sessions, undefined, (session) => {
          session.login(`user ${n}`)
          session.data.mine = n
        })
        return cookie!
      }),
    )
    const { url, close } = await serve(
      sessions,
      async (session) => {
        const before = session.userId
        await new Promise((resolve) => setImmediate(resolve))
        await session.update((data) => Object.assign(data, { visits: Number(data.visits ?? 0) + 1 }))
        return { body: `${before} ${session.userId} ${session.data.mine}` }
      },
      { lazy: false },
    )
    await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const who = n % 40
        const response = await fetch(url, { headers: { cookie: cookies[who]! } })
        expect(await response.text()).toBe(`user ${who} user ${who} ${who}`)
        expect(response.headers.getSetCookie()).toEqual([])
      }),
    )
    for (const cookie of cookies) expect((await sessions.open({ cookie }).load()).data.visits).toBe(5)
    await close()
  })
})

function sorted(data: object): [string, unknown][] {
  return Object.entries(data).sort(([one], [other]) => (one < other ? -1 : 1))
}
