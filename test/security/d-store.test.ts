import { describe, expect, it, vi } from "vitest"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { migrationSql } from "../../src/stores/sql/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { adapters } from "../adapters/serve.ts"
import { begun, type Data, request, surround } from "./stage.ts"

describe("D. store, concurrency, resources", () => {
  it("D-3 too much data is an error before anything is stored, and what was there stays", async () => {
    const { store, cookie } = await begun({ kept: 1 })
    const sessions = createSessions<Data>({ store, maxBytes: 1000 })
    for (const big of ["x".repeat(1000), "é".repeat(500), "漢".repeat(334)]) {
      for (const act of ["write", "update", "save"]) {
        const attempt = request(sessions, cookie, async (session) => {
          if (act === "update") await session.update((data) => Object.assign(data, { big }))
          else session.data.big = big
          if (act === "save") await session.save()
        })
        await expect(attempt).rejects.toMatchObject({ code: "ERR_SESSION_DATA", statusCode: 500 })
      }
    }
    expect((await sessions.open({ cookie }).load()).data).toEqual({ kept: 1 })
  })

  it("D-5 a request that only reads never writes data back, due for a touch or not", async () => {
    const { store, cookie } = await begun()
    const calls: string[] = []
    const watched = surround(store, async (method, call) => {
      calls.push(method)
      return call()
    })
    const sessions = createSessions<Data>({ store: watched, idle: 20 * 86_400 })
    const reader = await sessions.open({ cookie }).load()
    expect(reader.data.n).toBe(1)
    await request(sessions, cookie, (session) => Object.assign(session.data, { n: 2 }))
    calls.length = 0
    await sessions.commit(reader)
    expect(calls, "what is there by now has nothing due").toEqual(["touch", "read"])
    calls.length = 0
    const late = createSessions<Data>({ store: watched, idle: 25 * 86_400 })
    expect((await request(late, cookie, (session) => session.data.n)).result).toBe("touch")
    expect(calls).toEqual(["read", "touch"])
    expect((await sessions.open({ cookie }).load()).data.n).toBe(2)
  })

  it.each(
    Object.entries(adapters),
  )("D-9, D-10 %s: a store that hangs is a 503 in time, and no new session", async (_name, serve) => {
    const { store, cookie } = await begun({ n: 1 }, "ada")
    const hanging = new Set<string>()
    const sessions = createSessions<Data>({
      timeout: 0.03,
      store: surround(store, (method, call) => (hanging.has(method) ? new Promise(() => {}) : call())),
    })
    const { url, close } = await serve(
      sessions,
      (session, { path }) => {
        if (path === "/write") session.data.n = path
        if (path === "/logout") session.logout()
        if (path === "/login") session.login("ada")
        return { body: "done, honestly" }
      },
      { lazy: false },
    )
    for (const [method, path] of [
      ["read", "/"],
      ["replace", "/write"],
      ["replace", "/logout"],
      ["replace", "/login"],
    ] as const) {
      hanging.add(method)
      const response = await fetch(url + path, { headers: { cookie } })
      hanging.clear()
      expect([path, Math.floor(response.status / 100)]).toEqual([path, 5])
      expect([path, response.headers.getSetCookie()]).toEqual([path, []])
      expect(await response.text()).not.toContain("honestly")
    }
    expect((await sessions.open({ cookie }).load()).userId).toBe("ada")
    await close()
  })

  it("D-11 clearing takes what is dead and no more, however the clock is set", async () => {
    const store = sqliteStore(":memory:")
    const sessions = createSessions<Data>({ store, idle: 3600 })
    for (let n = 0; n < 25; n++)
      await request(sessions, undefined, (session) => Object.assign(session.data, { n }))
    const { cookie } = await request(sessions, undefined, (session) => {
      session.data.n = "long"
      session.setExpiry(7200)
    })
    vi.useFakeTimers({ now: Date.now() - 300_000, toFake: ["Date"] })
    expect(await sessions.clearExpired()).toBe(0)
    vi.setSystemTime(Date.now() + 300_000 + 3_601_000)
    expect(await sessions.clearExpired({ batchSize: 4 })).toBe(25)
    expect((await sessions.open({ cookie: cookie! }).load()).data).toEqual({ n: "long" })
    vi.useRealTimers()
    await store.close()
  })

  it("D-13 machines whose clocks differ by five minutes serve the same session", async () => {
    const store = memoryStore()
    const sessions = createSessions<Data>({ store, idle: 3600 })
    const { cookie } = await request(sessions, undefined, (session) => session.login("ada"))
    const now = Date.now()
    for (const skew of [-300_000, 300_000, -300_000, 300_000]) {
      vi.useFakeTimers({ now: now + skew, toFake: ["Date"] })
      await request(sessions, cookie, (session) => {
        expect(session.userId).toBe("ada")
        session.data.skew = skew
      })
    }
    vi.useRealTimers()
    expect((await sessions.open({ cookie: cookie! }).load()).data).toEqual({ skew: 300_000 })
  })

  it("D-15 (CVE-2011-4136, CVE-2020-13254) two applications on one backend do not see each other's sessions", async () => {
    const { DatabaseSync } = await import("node:sqlite")
    const { sqlStore } = await import("../../src/stores/sql/index.ts")
    const database = new DatabaseSync(":memory:")
    const [one, other] = [sqlStore(database, { table: "one" }), sqlStore(database, { table: "other" })]
    await one.migrate()
    await other.migrate()
    const { cookie } = await request(createSessions<Data>({ store: one }), undefined, (session) =>
      session.login("ada"),
    )
    const neighbour = createSessions<Data>({ store: other })
    expect((await neighbour.open({ cookie: cookie! }).load()).isNew).toBe(true)
    expect(await neighbour.list("ada")).toEqual([])
    expect(await neighbour.revokeUser("ada")).toBe(0)
    expect(await one.listByUser("ada")).toHaveLength(1)
  })

  it("D-16 (CVE-2018-11386) SQL in any value is a value", async () => {
    const store = sqliteStore(":memory:")
    const sessions = createSessions<Data>({ store })
    const { cookie: kept } = await request(sessions, undefined, (session) => session.login("ada"))
    for (const hostile of [
      "'; DROP TABLE holdfast_sessions; --",
      '" OR 1=1 --',
      "ada' OR '1'='1",
      "%",
      "_da",
      "ada\\",
    ]) {
      const { cookie } = await request(sessions, undefined, (session) => {
        session.login(hostile)
        session.data[hostile] = hostile
      })
      const session = await sessions.open({ cookie: cookie! }).load()
      expect([session.userId, session.data]).toEqual([hostile, { [hostile]: hostile }])
      expect(await sessions.list(hostile)).toHaveLength(1)
      expect(await sessions.revoke(hostile)).toBe(false)
      expect(await sessions.revokeUser(hostile)).toBe(1)
    }
    expect((await sessions.open({ cookie: kept! }).load()).userId).toBe("ada")
    for (const table of ['x"; DROP TABLE y; --', "a b", "", "a.b.c", "é"])
      expect(() => migrationSql("postgres", { table })).toThrow(TypeError)
    await store.close()
  })
})
