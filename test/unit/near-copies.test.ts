import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createSessions, type Session, type SessionEvent, type Sessions } from "../../src/index.ts"
import { cachedStore } from "../../src/stores/cached/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { type Data, type MemoryStore, request, surround } from "../security/stage.ts"

// Rule 10: a near copy never signs anybody out. Two processes share a store, and each has a cache of its own that hears nothing of
// what the other does: the worst that invalidations held back or lost can come to.

const ENDED = { code: "ERR_SESSION_ENDED" }
const look = (session: Session<Data>): unknown => session.userId

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Two processes, and a session that the second has a copy of. */
async function scene(userId: string | null) {
  const durable = memoryStore()
  const events: SessionEvent[] = []
  const reads: string[] = []
  const process = (name: string): Sessions<Data> =>
    createSessions<Data>({
      store: cachedStore(
        memoryStore(),
        surround(durable, (method, call) => {
          if (method === "read") reads.push(name)
          return call()
        }),
        { maxStale: 30 },
      ) as MemoryStore,
      renew: 600,
      grace: 20,
      idle: 86_400,
      observe: (event) => events.push(event),
    })
  const [here, there] = [process("here"), process("there")]
  const { cookie } = await request(here, undefined, (session) => {
    session.data.n = 1
    if (userId !== null) session.login(userId)
  })
  vi.setSystemTime(Date.now() + 600_000)
  await there.open({ cookie: cookie! }).load()
  await there.open({ cookie: cookie! }).load()
  reads.length = 0
  const userAt = async (sessions: Sessions<Data>, sent: string): Promise<string | null> =>
    (await sessions.open({ cookie: sent }).load()).userId
  return { here, there, cookie: cookie!, events, reads, userAt }
}

describe("a copy that is behind", () => {
  it.each([
    ["a renewal", look],
    ["a rotation", (session: Session<Data>) => session.rotate()],
    ["a login", (session: Session<Data>) => session.login("ada")],
  ])("opens to the newest token after %s", async (_what, work) => {
    const { here, there, cookie, userAt } = await scene("ada")
    const { cookie: next } = await request(here, cookie, work)
    expect(next).not.toBe(cookie)
    expect(await userAt(there, next!)).toBe("ada")
  })

  it("answers the current secret by itself, and asks the source about every other one, once", async () => {
    const { there, cookie, reads, userAt } = await scene("ada")
    expect([await userAt(there, cookie), reads]).toEqual(["ada", []])
    const wrong = `${cookie.slice(0, -2)}xx`
    expect([await userAt(there, wrong), reads]).toEqual([null, ["there"]])
  })

  it("hands out no forward of its own: the newest token is the source's", async () => {
    const { here, there, cookie } = await scene("ada")
    const { cookie: second } = await request(here, cookie, look)
    // The copy says by now that the first secret is open; at the source it is cut.
    await there.open({ cookie: second! }).load()
    await request(here, second, (session) => session.rotate())
    const late = await request(there, cookie, look)
    expect(late.cookie).toBe(undefined)
  })

  it("lets a secret that was cut at the source read for maxStale, and write nothing", async () => {
    for (const cut of ["rotate", "login"] as const) {
      const { here, there, cookie, userAt } = await scene("ada")
      const { cookie: next } = await request(here, cookie, (session) =>
        cut === "rotate" ? session.rotate() : session.login("ada"),
      )
      expect(await userAt(there, cookie)).toBe("ada")
      await expect(request(there, cookie, (s) => Object.assign(s.data, { late: 1 }))).rejects.toMatchObject(
        ENDED,
      )
      expect((await here.open({ cookie: next! }).load()).data).toEqual({ n: 1 })
      vi.setSystemTime(Date.now() + 30_000)
      expect(await userAt(there, cookie)).toBe(null)
    }
  })

  it("ends no session for a secret that is closed at the source, and does for one that is open or cut there", async () => {
    for (const [turns, isEnded] of [
      [["renew", "use", "wait", "use"], false],
      [["renew"], true],
      [["rotate"], true],
    ] as const) {
      const { here, there, cookie } = await scene("ada")
      let newest = cookie
      for (const turn of turns) {
        if (turn === "wait") vi.setSystemTime(Date.now() + 20_000)
        const work = (session: Session<Data>) => (turn === "rotate" ? session.rotate() : session.userId)
        newest = (await request(here, newest, work)).cookie ?? newest
      }
      const quitter = await there.open({ cookie }).load()
      expect(quitter.userId).toBe("ada")
      quitter.logout()
      await there.commit(quitter)
      expect((await here.list("ada")).length).toBe(isEnded ? 0 : 1)
    }
  })

  it("hides no revocation from a login: marks are read at the source", async () => {
    const { here, there } = await scene("ada")
    await here.revokeUser("ada")
    const mark = await there.mark("ada")
    await here.revokeUser("ada")
    const login = request(there, undefined, (session) => session.login("ada", { mark }))
    await expect(login).rejects.toMatchObject(ENDED)
  })

  it("writes nothing into a session that has ended, nor makes another of it", async () => {
    const { here, there, cookie } = await scene("ada")
    await here.revokeUser("ada")
    await expect(request(there, cookie, (s) => Object.assign(s.data, { late: 1 }))).rejects.toMatchObject(
      ENDED,
    )
    expect(await here.list("ada")).toEqual([])
  })

  it("lets a login take over an anonymous session only with a secret that opens it at the source", async () => {
    const { here, there, cookie } = await scene(null)
    const late = await there.open({ cookie }).load()
    expect(late.data).toEqual({ n: 1 })
    const { cookie: rotated } = await request(here, cookie, (session) => {
      session.rotate()
      session.data.private = 1
    })
    late.login("mallory")
    const { headers } = await there.commit(late)
    const signedIn = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
    const session = await here.open({ cookie: signedIn }).load()
    expect([session.userId, session.data]).toEqual(["mallory", {}])
    expect((await here.open({ cookie: rotated! }).load()).data).toEqual({ n: 1, private: 1 })
  })

  it("raises no alarm over a secret that is closed in it and nowhere else, and one over a secret that is closed", async () => {
    const { here, there, cookie, events, userAt } = await scene("ada")
    const { cookie: next } = await request(here, cookie, look)
    await request(there, next, look)
    await request(here, next, look)
    vi.setSystemTime(Date.now() + 20_000)
    await request(here, next, look)
    expect(await userAt(here, next!)).toBe("ada")
    expect(events).toEqual([])
    expect(await userAt(there, cookie)).toBe(null)
    expect(events).toHaveLength(1)
  })

  it("does not hide a revocation from a login", async () => {
    const { here, there } = await scene("ada")
    const mark = await there.mark("ada")
    await here.revokeUser("ada")
    await expect(request(there, undefined, (s) => s.login("ada", { mark }))).rejects.toMatchObject(ENDED)
    expect((await request(there, undefined, (s) => s.login("ada"))).result).toBe("login")
  })
})
