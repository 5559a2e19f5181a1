import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createSessions, type SessionOptions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { cookieIn, type Data, type MemoryStore, request, surround } from "../security/stage.ts"

// Rule 9: revoked means revoked, by a mark that logins compare and not by a clock.

const ENDED = { code: "ERR_SESSION_ENDED", statusCode: 409 }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] })
})
afterEach(() => {
  vi.useRealTimers()
})

function sessionsOn(store: MemoryStore = memoryStore()): Sessions<Data> {
  return createSessions<Data>({ store } as SessionOptions<Data>)
}

const signIn = (sessions: Sessions<Data>, mark?: string) =>
  request(sessions, undefined, (session) => session.login("ada", { mark }))

const live = async (sessions: Sessions<Data>, userId = "ada"): Promise<number> =>
  (await sessions.list(userId)).length

/** A store whose mark can be written only while `isOpen()`. */
function withoutRoom(store: MemoryStore, isOpen: () => boolean): MemoryStore {
  return surround(store, (method, call, args) => {
    const { id } = args[0] as { id?: string }
    const isMark = id?.length === 64 && (method === "create" || method === "replace")
    return isMark && !isOpen() ? Promise.reject(new Error("OOM")) : call()
  })
}

describe("a login", () => {
  it("that was asked for before a revocation does not count, be its session new, anonymous or the user's own", async () => {
    for (const before of ["nothing", "anonymous", "ada", "ada, who has just signed out"]) {
      const sessions = sessionsOn()
      const { cookie } = await request(sessions, undefined, (session) => {
        if (before !== "nothing") session.data.n = 1
        if (before.startsWith("ada")) session.login("ada")
      })
      if (before.endsWith("cut")) await request(sessions, cookie, (session) => session.rotate())
      const session = await sessions.open(cookie ? { cookie } : {}).load()
      if (before.endsWith("out")) session.logout()
      session.login("ada")
      await sessions.revokeUser("ada")
      await expect(async () => sessions.commit(session)).rejects.toMatchObject(ENDED)
      expect([before, await live(sessions)]).toEqual([before, 0])
      if (cookie) expect((await sessions.open({ cookie }).load()).userId).toBe(null)
    }
  })

  it("that was asked for after a revocation counts", async () => {
    const sessions = sessionsOn()
    await sessions.revokeUser("ada")
    expect((await signIn(sessions)).result).toBe("login")
    await request(sessions, undefined, async (session) => {
      await sessions.revokeUser("ada")
      session.login("ada")
    })
    expect(await live(sessions)).toBe(1)
  })

  it("whose password was checked before a revocation does not count with a mark from before the check", async () => {
    const sessions = sessionsOn()
    const mark = await sessions.mark("ada")
    await sessions.revokeUser("ada")
    await expect(signIn(sessions, mark)).rejects.toMatchObject(ENDED)
    expect(await live(sessions)).toBe(0)
    expect((await signIn(sessions, await sessions.mark("ada"))).result).toBe("login")
  })

  it("that did not count signs nobody in, however the request goes on", async () => {
    const states = [
      "nothing",
      "anonymous",
      "bob",
      "ada",
      "ada, who has just signed out",
      "ada, with a token that was cut",
    ]
    for (const before of states) {
      const sessions = sessionsOn()
      const { cookie } = await request(sessions, undefined, (session) => {
        if (before !== "nothing") session.data.n = 1
        if (before === "bob") session.login("bob")
        if (before.startsWith("ada")) session.login("ada")
      })
      if (before.endsWith("cut")) await request(sessions, cookie, (session) => session.rotate())
      const session = await sessions.open(cookie ? { cookie } : {}).load()
      if (before.endsWith("out")) session.logout()
      const mark = await sessions.mark("ada")
      await sessions.revokeUser("ada")
      session.login("ada", { mark })
      await expect(session.save()).rejects.toMatchObject(ENDED)
      expect([before, session.userId, session.data]).toEqual([before, null, {}])
      await session.save()
      session.data.message = "try again"
      const { headers } = await sessions.commit(session, { status: 409 })
      const after = await sessions.open({ cookie: cookieIn(headers)! }).load()
      expect([after.userId, after.data]).toEqual([null, { message: "try again" }])
      expect([before, await live(sessions)]).toEqual([before, 0])
    }
  })

  it("is another user's as little concerned", async () => {
    const sessions = sessionsOn()
    const mark = await sessions.mark("ada")
    await sessions.revokeUser("bob")
    expect((await signIn(sessions, mark)).result).toBe("login")
  })

  it("that is itself what a revocation spares goes on, unless another one came before", async () => {
    const sessions = sessionsOn()
    await signIn(sessions)
    for (const isRevokedTwice of [false, true]) {
      const session = await sessions.open({}).load()
      session.login("ada")
      if (isRevokedTwice) await sessions.revokeUser("ada")
      await sessions.revokeUser("ada", { except: session.id })
      const committed = (async () => sessions.commit(session))()
      if (isRevokedTwice) await expect(committed).rejects.toMatchObject(ENDED)
      else expect((await committed).result).toBe("login")
      expect(await live(sessions)).toBe(isRevokedTwice ? 0 : 1)
    }
  })

  it("is spared by the id that its request showed, also where it begins a session of its own", async () => {
    const sessions = createSessions<Data>({ store: memoryStore(), renew: 600, grace: 60 })
    const first = await request(sessions, undefined, (session) => session.login("ada"))
    vi.setSystemTime(Date.now() + 600_000)
    const renewed = await request(sessions, first.cookie, (session) => session.userId)
    const session = await sessions.open({ cookie: renewed.cookie! }).load()
    const { id } = session
    session.login("ada", { mark: await sessions.mark("ada") })
    await sessions.revokeUser("ada", { except: id })
    const { headers } = await sessions.commit(session)
    const next = await sessions.open({ cookie: cookieIn(headers)! }).load()
    expect([next.userId, next.id === id]).toEqual(["ada", false])
  })

  it("does not count when the mark can't be read again, and leaves nobody signed in that was given a token", async () => {
    let isDown = false
    const memory = memoryStore()
    const sessions = sessionsOn(
      surround(memory, (method, call, args) =>
        isDown && method === "read" && String(args[0]).length === 64
          ? Promise.reject(new Error("down"))
          : call(),
      ),
    )
    const session = await sessions.open({}).load()
    session.login("ada", { mark: await sessions.mark("ada") })
    isDown = true
    await expect(async () => sessions.commit(session)).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
  })

  it("ends what it began and not the session that it came with, when the mark can't be read again", async () => {
    const memory = memoryStore()
    let fails = false
    const store = surround(memory, async (method, call, [subject]) => {
      if (fails && method === "read" && String(subject).length === 64) throw new Error("connection lost")
      const answer = await call()
      fails ||= isReady && method === "create"
      return answer
    })
    let isReady = false
    const sessions = createSessions<Data>({ store, renew: 600 })
    const { cookie } = await request(sessions, undefined, (session) => session.login("ada"))
    vi.setSystemTime(Date.now() + 600_000)
    const { cookie: renewed } = await request(sessions, cookie, (session) => session.userId)
    isReady = true
    // A moment after a renewal a login is a session of its own.
    const login = request(sessions, renewed, (session) => session.login("ada"))
    await expect(login).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    expect((await sessions.open({ cookie: renewed! }).load()).userId).toBe("ada")
    expect(await sessions.list("ada")).toHaveLength(1)
  })

  it("waits for its mark only in the commit, and fails there when that can't be read", async () => {
    const sessions = sessionsOn(
      surround(memoryStore(), (method, call, args) =>
        method === "read" && String(args[0]).length === 64 ? Promise.reject(new Error("down")) : call(),
      ),
    )
    const session = await sessions.open({}).load()
    session.login("ada")
    await new Promise((resolve) => setImmediate(resolve)) // a rejection that nobody heard would end the process
    expect(session.userId).toBe("ada")
    await expect(async () => sessions.commit(session)).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
  })

  it.each([7, null, {}])("refuses %j for a mark", async (mark) => {
    const session = await sessionsOn().open({}).load()
    expect(() => session.login("ada", { mark: mark as unknown as string })).toThrow(TypeError)
  })
})

describe("a revocation", () => {
  it("ends all of a user's sessions but one, and nobody else's", async () => {
    const sessions = sessionsOn()
    const all = await Promise.all(Array.from({ length: 50 }, () => signIn(sessions)))
    await request(sessions, undefined, (session) => session.login("bob"))
    const { id } = await sessions.open({ cookie: all[7]!.cookie! }).load()
    expect(await sessions.revokeUser("ada", { except: id })).toBe(49)
    expect((await sessions.list("ada")).map((info) => info.id)).toEqual([id])
    expect(await live(sessions, "bob")).toBe(1)
    expect([await sessions.revokeUser("ada"), await sessions.revokeUser("ada")]).toEqual([1, 0])
  })

  it("on a store without room for its mark ends what it finds, then rejects", async () => {
    let hasRoom = false
    const sessions = sessionsOn(withoutRoom(memoryStore(), () => hasRoom))
    await signIn(sessions)
    await expect(sessions.revokeUser("ada")).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    expect(await live(sessions)).toBe(0)
    hasRoom = true
    expect(await sessions.revokeUser("ada")).toBe(0)
  })

  it("ends the others where one can't be ended, then rejects", async () => {
    const memory = memoryStore()
    let stubborn = ""
    const sessions = sessionsOn(
      surround(memory, (method, call, args) => {
        const id = typeof args[0] === "string" ? args[0] : (args[0] as { id?: string }).id
        const isEnd = method === "replace" || method === "delete"
        return isEnd && id === stubborn ? Promise.reject(new Error("no")) : call()
      }),
    )
    for (let n = 0; n < 5; n++) await signIn(sessions)
    stubborn = (await sessions.list("ada"))[2]!.id
    await expect(sessions.revokeUser("ada")).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    expect((await sessions.list("ada")).map(({ id }) => id)).toEqual([stubborn])
  })

  it("does not end what by then is somebody else's", async () => {
    const memory = memoryStore()
    const sessions = sessionsOn(
      surround(memory, async (method, call) => {
        const answer = await call()
        // Between the list and its ending the record is given to another user, as an import may.
        if (method === "listByUser")
          for (const record of answer as { id: string }[]) {
            const found = (await memory.read(record.id))!
            await memory.replace({ ...found.record, userId: "bob" }, found.version)
          }
        return answer
      }),
    )
    await signIn(sessions)
    expect(await sessions.revokeUser("ada")).toBe(0)
    expect(memory.listByUser).toBeDefined()
    expect(await memory.listByUser("bob")).toHaveLength(1)
  })
})

describe("a mark", () => {
  it("that has run out counts as unchanged, and a new revocation still changes it, in a table too", async () => {
    const store = sqliteStore(":memory:")
    const sessions = createSessions<Data>({ store })
    await sessions.revokeUser("ada")
    const before = await sessions.mark("ada")
    expect(before).not.toBe("")
    const session = await sessions.open({}).load()
    session.login("ada", { mark: before })
    vi.setSystemTime(Date.now() + 86_400_001)
    expect(await sessions.mark("ada")).toBe("")
    expect((await sessions.commit(session)).result).toBe("login")
    const late = await sessions.open({}).load()
    late.login("ada", { mark: "" })
    expect(await sessions.revokeUser("ada")).toBe(1)
    await expect(async () => sessions.commit(late)).rejects.toMatchObject(ENDED)
    await store.close()
  })

  it.each([
    ["damaged", "\u0000{{{", 1],
    ["empty", "", 1],
    ["from the future", "x", 10 * 365],
    ["another's", '{"v":1,"createdAt":1}\n{}', 1],
  ])("that is %s lets logins and revocations go on", async (_how, payload, days) => {
    const memory = memoryStore()
    const sessions = sessionsOn(memory)
    await sessions.revokeUser("ada")
    const id = await markId(memory, sessions)
    const found = (await memory.read(id))!
    await memory.replace(
      { ...found.record, payload, expiresAt: Date.now() + days * 86_400_000 },
      found.version,
    )
    expect((await signIn(sessions)).result).toBe("login")
    expect((await signIn(sessions, await sessions.mark("ada"))).result).toBe("login")
    const late = await sessions.open({}).load()
    late.login("ada")
    expect(await sessions.revokeUser("ada")).toBe(2)
    await expect(async () => sessions.commit(late)).rejects.toMatchObject(ENDED)
    expect((await signIn(sessions)).result).toBe("login")
  })

  it("that has run out counts as none also where the store is late to notice", async () => {
    const memory = memoryStore()
    const kept = new Map<string, unknown>()
    const sessions = sessionsOn(
      surround(memory, async (method, call, [subject]) => {
        const answer = await call()
        if (method === "read" && answer !== undefined) kept.set(String(subject), answer)
        return method === "read" ? (answer ?? kept.get(String(subject))) : answer
      }),
    )
    await sessions.revokeUser("ada")
    expect(await sessions.mark("ada")).not.toBe("")
    vi.setSystemTime(Date.now() + 86_400_000)
    expect(await sessions.mark("ada")).toBe("")
  })

  it("is no session, and its id is no session's", async () => {
    const memory = memoryStore()
    const sessions = sessionsOn(memory)
    await sessions.revokeUser("ada")
    const id = await markId(memory, sessions)
    expect(await sessions.find(id)).toBe(undefined)
    expect(await sessions.revoke(id)).toBe(false)
    for (const token of [`${id}.${"x".repeat(43)}`, `${id.slice(0, 32)}.${"x".repeat(43)}`])
      expect((await sessions.open({ cookie: `__Host-session=${token}` }).load()).isNew).toBe(true)
    expect(await sessions.mark("ada")).not.toBe("")
  })

  it("names no user, and tells two users apart", async () => {
    const memory = memoryStore()
    const sessions = sessionsOn(memory)
    const marks = new Set<string>()
    for (const user of ["ada", "bob", "ada "]) {
      await sessions.revokeUser(user)
      marks.add(await sessions.mark(user))
    }
    expect(marks.size).toBe(3)
    expect(await memory.listByUser("ada")).toEqual([])
  })
})

/** The id of Ada's mark: the one that a look at it reads. */
async function markId(memory: MemoryStore, _sessions: Sessions<Data>): Promise<string> {
  const ids: string[] = []
  await sessionsOn(
    surround(memory, (method, call, args) => {
      if (method === "read") ids.push(String(args[0]))
      return call()
    }),
  ).mark("ada")
  expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  return ids[0]!
}
