import fc from "fast-check"
import { afterEach, describe, expect, it, vi } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { adapters } from "../adapters/serve.ts"
import { begun, type Data, latch, request } from "./stage.ts"

afterEach(() => {
  vi.useRealTimers()
})

const DAY = 86_400_000

describe("C. the life of a session", () => {
  it.each(
    Object.entries(adapters),
  )("C-1 (CVE-2022-25896, CVE-2020-5205, CVE-2022-24895, CVE-2023-46733, CVE-2025-55668) %s: a planted session is dead after the login", async (_name, serve) => {
    const { sessions, cookie: planted } = await begun({ cart: 1 })
    const { url, close } = await serve(
      sessions,
      (session, { path }) => {
        if (path === "/login") session.login("victim")
        return { body: `${session.userId}` }
      },
      { lazy: false },
    )
    const victim = await fetch(`${url}/login`, { headers: { cookie: planted } })
    const mine = victim.headers.getSetCookie()[0]!.split(";")[0]!
    const asks = async (cookie: string): Promise<string> => (await fetch(url, { headers: { cookie } })).text()
    expect([await asks(mine), await asks(planted)]).toEqual(["victim", "null"])
    await close()
  })

  it("C-4 (CVE-2024-35220) a dead record that still lies in the store is not given out, nor revived by any call", async () => {
    const store = sqliteStore(":memory:")
    const sessions = createSessions<Data>({ store, idle: 60 })
    const { cookie } = await request(sessions, undefined, (session) => session.login("ada"))
    const late = await sessions.open({ cookie: cookie! }).load()
    late.data.late = true
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ["Date"] })
    await expect(sessions.commit(late)).rejects.toMatchObject({ code: "ERR_SESSION_ENDED" })
    expect((await sessions.open({ cookie: cookie! }).load()).isNew).toBe(true)
    expect(await sessions.list("ada")).toEqual([])
    expect(await sessions.clearExpired()).toBe(1)
    await store.close()
  })

  it("C-5 nothing that is done keeps a session past its absolute limit, but a new login", async () => {
    const step = fc.record({
      after: fc.integer({ min: 0, max: 5 * DAY }),
      kind: fc.constantFrom("look", "write", "rotate", "save", "update", "expiry", "browser", "date"),
    })
    for (const kind of ["store", "seal"] as const)
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
          const start = Date.UTC(2026, 0, 1)
          vi.useFakeTimers({ now: start, toFake: ["Date"] })
          const sessions: Sessions<Data> = createSessions<Data>(
            kind === "store"
              ? { store: memoryStore(), idle: 20 * 86_400, absolute: 30 * 86_400 }
              : { seal: ["0123456789abcdefghijklmnopqrstuv"], idle: 20 * 86_400, absolute: 30 * 86_400 },
          )
          let { cookie } = await request(sessions, undefined, (session) => session.login("ada"))
          for (const [n, { after, kind: what }] of steps.entries()) {
            vi.setSystemTime(Date.now() + after)
            const answer = await request(sessions, cookie, async (session) => {
              if (session.isNew) return
              expect(Date.now() - start).toBeLessThan(30 * DAY)
              if (what === "look") void session.data.n
              if (what === "write") session.data.n = n
              if (what === "rotate") session.rotate()
              if (what === "save") await session.save()
              if (what === "update") await session.update((data) => Object.assign(data, { n }))
              if (what === "expiry") session.setExpiry(90 * 86_400)
              if (what === "browser") session.setExpiry(0)
              if (what === "date") session.setExpiry(new Date(Date.now() + 90 * DAY))
            })
            cookie = answer.cookie ?? cookie
          }
          vi.setSystemTime(start + 30 * DAY)
          expect((await sessions.open({ cookie: cookie! }).load()).isNew).toBe(true)
        }),
        { numRuns: 60 },
      )
  })

  it.each(
    Object.entries(adapters),
  )("C-9 (CVE-2025-46336, CVE-2025-32441) %s: a request that was paused across the logout brings nothing back", async (_name, serve) => {
    for (const kind of ["write", "rotate", "update", "save", "expiry"]) {
      const { store, sessions, cookie } = await begun({ n: 1 }, "ada")
      const [reached, gate] = [latch(), latch()]
      const { url, close } = await serve(
        sessions,
        async (session, { path }) => {
          if (path === "/logout") {
            session.logout()
            return { body: "out" }
          }
          expect(session.userId).toBe("ada")
          reached.open()
          await gate.opened
          const ignore = () => {}
          if (kind === "write") session.data.n = 2
          if (kind === "rotate") session.rotate()
          if (kind === "update") await session.update((data) => Object.assign(data, { n: 2 })).catch(ignore)
          if (kind === "save") {
            session.data.n = 2
            await session.save().catch(ignore)
          }
          if (kind === "expiry") session.setExpiry(0)
          return { body: "late" }
        },
        { lazy: false },
      )
      const slow = fetch(`${url}/slow`, { headers: { cookie } })
      await reached.opened
      await fetch(`${url}/logout`, { headers: { cookie } })
      gate.open()
      const late = await slow
      // Who changed something is told that it was not kept; who asked for a new secret has lost nothing.
      const status = kind === "rotate" || kind === "update" ? 200 : 409
      expect([kind, late.status, late.headers.getSetCookie()]).toEqual([kind, status, []])
      expect([kind, await store.listByUser("ada")]).toEqual([kind, []])
      expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
      await close()
    }
  })

  it("C-10 (CVE-2024-31999, CVE-2026-44511) sealed sessions claim no logout that they can't keep: there is no revoke", async () => {
    const sessions = createSessions({ seal: ["0123456789abcdefghijklmnopqrstuv"] })
    await expect(sessions.revoke("0".repeat(64))).rejects.toThrow(/out of reach/)
    await expect(sessions.revokeUser("ada")).rejects.toThrow(/out of reach/)
  })

  it("C-12 revoking all of a user's sessions but one leaves exactly that one", async () => {
    const { sessions, cookie } = await begun({}, "ada")
    const { id } = await sessions.open({ cookie }).load()
    for (let n = 0; n < 5; n++) await request(sessions, undefined, (session) => session.login("ada"))
    const { cookie: bob } = await request(sessions, undefined, (session) => session.login("bob"))
    expect(await sessions.revokeUser("ada", { except: id })).toBe(5)
    expect((await sessions.list("ada")).map((info) => info.id)).toEqual([id])
    expect((await sessions.open({ cookie: bob! }).load()).userId).toBe("bob")
  })

  it("C-13 an overview holds nothing that could be used as a cookie, and no dead sessions", async () => {
    const { sessions, cookie } = await begun({ n: 1 }, "ada")
    await request(sessions, undefined, (session) => {
      session.login("ada")
      session.setExpiry(new Date(Date.now() - 1))
    })
    await request(sessions, cookie, (session) => session.rotate())
    const listed = await sessions.list("ada")
    expect(listed.map(({ data }) => data)).toEqual([{ n: 1 }])
    for (const value of [listed[0]!.id, JSON.stringify(listed)])
      expect((await sessions.open({ cookie: `__Host-session=${value}` }).load()).isNew).toBe(true)
  })
})
