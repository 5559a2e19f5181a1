import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Session } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { ENGINES, type Options } from "../fixtures/engines.ts"
import { type Data, type MemoryStore, request, surround } from "../security/stage.ts"

// A store that takes no writes for a while, being full, or a replica that may only be read. A page that only reads is served, though its
// deadline, the first use of its secret or its renewal could not be noted; a request that changes something fails.

const REFUSED = { code: "ERR_SESSION_STORE", statusCode: 503 }
const OPTIONS: Options = { idle: 86_400, renew: 600, grace: 60 }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] })
})
afterEach(() => {
  vi.useRealTimers()
})

function pass(seconds: number): void {
  vi.advanceTimersByTime(seconds * 1000)
}

const look = (session: Session<Data>): unknown => session.userId

type Ways = "throws" | "never answers"

/** Sessions, and a store that can be kept from writing. */
async function scene(build: (typeof ENGINES)["ours"], options: Options = OPTIONS) {
  const memory = memoryStore()
  const warnings: string[] = []
  const way: { fails: Ways | undefined; tried: number } = { fails: undefined, tried: 0 }
  const store: MemoryStore = surround(memory, async (method, call) => {
    if (way.fails === undefined || method === "read" || method === "listByUser") return call()
    way.tried++
    if (way.fails === "never answers") return new Promise(() => {})
    throw Object.assign(new Error("cannot execute UPDATE in a read-only transaction"), { code: "25006" })
  })
  const sessions = build(store, { ...options, timeout: 0.02, warn: (message) => warnings.push(message) })
  const { cookie } = await request(sessions, undefined, (session) => {
    session.login("ada")
    session.data.n = 1
  })
  const { id } = await sessions.open({ cookie: cookie! }).load()
  const deadline = async (): Promise<number> => (await memory.read(id))!.record.expiresAt
  return { memory, sessions, cookie: cookie!, id, warnings, way, deadline }
}

describe.each(Object.entries(ENGINES))("a store that takes no writes, tokens %s", (_name, build) => {
  it.each<Ways>([
    "throws",
    "never answers",
  ])("that %s serves a page whose deadline is due, and warns once", async (fails) => {
    const { sessions, cookie, warnings, way, deadline } = await scene(build, { idle: 86_400 })
    const before = await deadline()
    way.fails = fails
    for (let turn = 0; turn < 3; turn++) {
      pass(9000)
      const session = await sessions.open({ cookie }).load()
      expect([session.userId, session.data.n]).toEqual(["ada", 1])
      expect(await sessions.commit(session)).toEqual({ result: "nothing", headers: [["vary", "Cookie"]] })
    }
    expect(warnings).toEqual([expect.stringMatching(/^The session store failed while touching a session/)])
    expect(warnings[0]).toContain(fails === "throws" ? "(25006), so that" : "session, so that")
    expect(await deadline()).toBe(before)

    way.fails = undefined
    pass(1)
    expect((await request(sessions, cookie, look)).result).toBe("touch")
    expect(await deadline()).toBe(Date.now() + 86_400_000)
  })

  it("is not asked at each request, but once a second", async () => {
    const { sessions, cookie, way } = await scene(build, { idle: 86_400 })
    const { cookie: other } = await request(sessions, undefined, (session) => session.login("bob"))
    way.fails = "throws"
    pass(9000)
    for (let turn = 0; turn < 50; turn++) await request(sessions, cookie, look)
    expect(way.tried).toBe(1)
    pass(1)
    for (let turn = 0; turn < 50; turn++) await request(sessions, cookie, look)
    expect(way.tried).toBe(2)
    way.fails = undefined
    pass(1)
    for (const each of [cookie, other!])
      expect((await request(sessions, each, look)).result, "and goes on at once").toBe("touch")
  })

  it("lets no page wait for one that tries", async () => {
    const { sessions, cookie, way } = await scene(build, { idle: 86_400 })
    way.fails = "never answers"
    pass(9000)
    await request(sessions, cookie, look)
    pass(1)
    const [one, other] = await Promise.all([1, 2].map(() => sessions.open({ cookie }).load()))
    expect([one!.userId, other!.userId]).toEqual(["ada", "ada"])
    const trying = sessions.commit(one!)
    expect(sessions.commit(other!)).toEqual({ result: "nothing", headers: [["vary", "Cookie"]] })
    expect(await trying).toMatchObject({ result: "nothing" })
    expect(way.tried).toBe(2)
  })

  it.each<readonly [string, (session: Session<Data>) => unknown]>([
    ["a change", (session) => Object.assign(session.data, { n: 2 })],
    ["an update()", (session) => session.update((data) => Object.assign(data, { n: 2 }))],
    ["a rotation", (session) => session.rotate()],
    ["another expiry", (session) => session.setExpiry(100)],
    ["a login", (session) => session.login("ada")],
    ["another user's login", (session) => session.login("bob")],
    ["a logout", (session) => session.logout()],
  ])("fails %s, also while it is not asked for pages", async (_what, work) => {
    const { sessions, cookie, way } = await scene(build, { idle: 86_400 })
    way.fails = "throws"
    pass(9000)
    for (let turn = 0; turn < 2; turn++) {
      await expect(request(sessions, cookie, work)).rejects.toMatchObject(REFUSED)
      await request(sessions, cookie, look)
    }
  })
})

describe.each(
  Object.entries(ENGINES).slice(0, 2),
)("a store that takes no writes, tokens %s", (_name, build) => {
  it("serves a page whose renewal is due under the secret it came with, and renews later", async () => {
    const { sessions, cookie, warnings, way } = await scene(build)
    way.fails = "throws"
    pass(601)
    const page = await request(sessions, cookie, look)
    expect([page.result, page.cookie]).toEqual(["nothing", undefined])
    expect(warnings).toHaveLength(1)
    way.fails = undefined
    pass(1)
    const later = await request(sessions, cookie, look)
    expect([later.result, later.cookie]).toEqual(["touch", expect.any(String)])
    expect(later.cookie).not.toBe(cookie)
  })

  it("serves a page that is the first to show a new secret", async () => {
    const { sessions, cookie, warnings, way } = await scene(build)
    pass(601)
    const { cookie: renewed } = await request(sessions, cookie, look)
    way.fails = "throws"
    for (const shown of [cookie, renewed!]) {
      const session = await sessions.open({ cookie: shown }).load()
      expect(session.userId).toBe("ada")
      // The old secret is sent the new one, which takes no write.
      expect((await sessions.commit(session)).result).toBe(shown === cookie ? "touch" : "nothing")
    }
    expect(warnings).toHaveLength(1)
  })

  it("serves the page, with the new secret, whose renewal was written although no answer came", async () => {
    const { sessions, cookie, memory } = await scene(build)
    let isLost = true
    const losing = build(
      surround(memory, async (method, call) => {
        const answer = await call()
        if (method !== "replace" || !isLost) return answer
        isLost = false
        throw new Error("the connection was lost")
      }),
      { ...OPTIONS, warn: () => {} },
    )
    pass(601)
    const page = await request(losing, cookie, look)
    expect(page.cookie).toEqual(expect.any(String))
    expect((await sessions.open({ cookie: page.cookie! }).load()).userId).toBe("ada")
  })

  it("serves nobody's page where a superseded secret is presented whose session can't be ended, and warns", async () => {
    const { sessions, cookie, warnings, way } = await scene(build, { ...OPTIONS, onReuse: "end" })
    pass(601)
    const { cookie: renewed } = await request(sessions, cookie, look)
    for (let turn = 0; turn < 2; turn++) {
      pass(61)
      await request(sessions, renewed, look)
    }
    way.fails = "throws"
    for (let turn = 0; turn < 2; turn++) expect((await sessions.open({ cookie }).load()).userId).toBe(null)
    expect(warnings).toEqual([expect.stringContaining("so that a session goes on whose superseded secret")])
    way.fails = undefined
    await sessions.open({ cookie }).load()
    expect((await sessions.open({ cookie: renewed! }).load()).userId).toBe(null)
  })

  it("fails a page that can't confirm the token of its own login", async () => {
    let isAway = false
    const sessions = build(
      surround(memoryStore(), (_, call) => (isAway ? Promise.reject(new Error("away")) : call())),
      OPTIONS,
    )
    const session = await sessions.open({}).load()
    session.login("ada")
    await session.save()
    isAway = true
    await expect((async () => sessions.commit(session))()).rejects.toMatchObject(REFUSED)
    isAway = false
    const { headers } = await sessions.commit(session)
    expect(headers.map(([name]) => name)).toContain("set-cookie")
  })
})
