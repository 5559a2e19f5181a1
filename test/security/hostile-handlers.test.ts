import { describe, expect, it, vi } from "vitest"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { begun, cookieIn, type Data, latch, request, surround } from "./stage.ts"

/** Sessions whose next call of `method` waits until it is let go. */
async function held(method: string, data: Data = { old: 1 }, userId?: string) {
  const { store, cookie } = await begun(data, userId)
  const reached = latch()
  const gate = latch()
  let isDue = true
  const slow = surround(store, async (name, call) => {
    if (isDue && name === method) {
      isDue = false
      reached.open()
      await gate.opened
    }
    return call()
  })
  return {
    store,
    cookie,
    reached: reached.opened,
    release: gate.open,
    sessions: createSessions<Data>({ store: slow }),
  }
}

describe("a handler that does not wait", () => {
  it("C-9 logs out although a save is still under way", async () => {
    const { sessions, cookie, reached, release } = await held("replace", { old: 1 }, "ada")
    const session = await sessions.open({ cookie }).load()
    session.data.n = 1
    const saved = session.save()
    await reached
    session.logout()
    release()
    await saved
    const { result, headers } = await sessions.commit(session)
    expect([result, cookieIn(headers)]).toEqual(["delete", ""])
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })

  it("C-1 gives the next user nothing of the last one's although an update is still under way", async () => {
    const { sessions, cookie, reached, release } = await held("replace", { secret: 1 }, "ada")
    const session = await sessions.open({ cookie }).load()
    const updated = session.update((data) => Object.assign(data, { n: 1 }))
    await reached
    session.login("bob")
    session.data.mine = true
    release()
    await updated
    const { headers } = await sessions.commit(session)
    const next = await sessions.open({ cookie: cookieIn(headers)! }).load()
    expect([next.userId, next.data]).toEqual(["bob", { mine: true }])
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })

  it("C-1 signs in although a save is still under way", async () => {
    const { sessions, cookie, reached, release } = await held("replace")
    const session = await sessions.open({ cookie }).load()
    session.data.n = 1
    const saved = session.save()
    await reached
    session.login("ada")
    release()
    await saved
    const { headers } = await sessions.commit(session)
    const next = await sessions.open({ cookie: cookieIn(headers)! }).load()
    expect([next.userId, next.data]).toEqual(["ada", { old: 1, n: 1 }])
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })

  it("B-13 may update while the response waits for its commit", async () => {
    for (const userId of [undefined, "ada"]) {
      const { sessions, cookie, reached, release } = await held("replace")
      const session = await sessions.open({ cookie }).load()
      session.data.n = 1
      if (userId) session.login(userId)
      const committed = sessions.commit(session)
      await reached
      const updated = session.update((data) => Object.assign(data, { late: true }))
      release()
      const { headers } = await committed
      await updated
      const next = await sessions.open({ cookie: cookieIn(headers) ?? cookie }).load()
      expect(next.data).toEqual({ old: 1, n: 1, late: true })
    }
  })

  it("B-13 may update a session whose first record is just being made", async () => {
    const { sessions, reached, release } = await held("create")
    const session = await sessions.open({}).load()
    session.data.n = 1
    const committed = sessions.commit(session)
    await reached
    const updated = session.update((data) => Object.assign(data, { late: true }))
    release()
    const { headers } = await committed
    await updated
    expect((await sessions.open({ cookie: cookieIn(headers)! }).load()).data).toEqual({ n: 1, late: true })
  })

  it("D-8 learns from save() what became of the commit that is under way", async () => {
    const { store, cookie } = await begun()
    const sessions = createSessions<Data>({
      store: { ...store, replace: () => Promise.reject(new Error("down")) },
    })
    const session = await sessions.open({ cookie }).load()
    session.data.n = 2
    const committed = Promise.resolve(sessions.commit(session))
    const saved = session.save()
    await expect(committed).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    await expect(saved).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
  })

  it("D-8 learns from save() that the session was ended, so that nothing was stored", async () => {
    const { sessions, cookie } = await begun()
    const session = await sessions.open({ cookie }).load()
    session.data.n = 2
    await sessions.revoke(session.id)
    await expect(session.save()).rejects.toMatchObject({ code: "ERR_SESSION_ENDED", statusCode: 409 })
  })
})

describe("a request", () => {
  it("B-12 moves to a new token once when it saved its login itself, and looks whether that still opens the session", async () => {
    const { store, cookie } = await begun()
    const calls: string[] = []
    const sessions = createSessions<Data>({
      store: surround(store, (method, call) => {
        calls.push(method)
        return call()
      }),
    })
    const session = await sessions.open({ cookie }).load()
    session.login("ada")
    await session.save()
    const { result, headers } = await sessions.commit(session)
    expect([result, cookieIn(headers)]).toEqual(["touch", expect.stringMatching(/^__Host-session=/)])
    expect(calls).toEqual(["read", "read", "replace", "read", "read"])
    expect(sessions.commit(session)).toEqual({ result: "nothing", headers: [] })
  })

  it("C-9 that only uses a session brings it back neither by moving its deadline nor by what it leaves", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { store, cookie } = await begun({ n: 1 }, "ada")
    const warnings: string[] = []
    const sessions = createSessions<Data>({
      store,
      idle: 20 * 86_400,
      warn: (message) => warnings.push(message),
    })
    const session = await sessions.open({ cookie }).load()
    expect(session.userId).toBe("ada")
    await sessions.revoke(session.id)
    await sessions.commit(session)
    for (const seconds of [0, 11, 86_400]) {
      vi.setSystemTime(Date.now() + seconds * 1000)
      expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
      expect([await sessions.find(session.id), await sessions.revoke(session.id)]).toEqual([undefined, false])
    }
    const { cookie: fresh } = await request(sessions, cookie, ({ data }) => Object.assign(data, { n: 2 }))
    expect([typeof fresh, warnings]).toEqual(["string", []])
    vi.useRealTimers()
  })
})

describe("a logout", () => {
  it("C-9 that a save could not carry out is carried out with the response", async () => {
    const { store, cookie } = await begun({ n: 1 }, "ada")
    let isDown = true
    const sessions = createSessions<Data>({
      store: surround(store, (method, call) =>
        isDown && ["replace", "delete"].includes(method) ? Promise.reject(new Error("down")) : call(),
      ),
    })
    const session = await sessions.open({ cookie }).load()
    session.logout()
    await expect(session.save()).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    isDown = false
    expect((await sessions.commit(session)).result).toBe("delete")
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })

  it("C-9 also ends a session that this version's schema refuses", async () => {
    const { store, sessions, cookie } = await begun({ n: 1 }, "ada")
    const strict = createSessions<Data>({ store, schema: refuseNumbers, warn: () => {} })
    const { cookie: cleared } = await request(strict, cookie, (session) => session.logout())
    expect(cleared).toBe("")
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })

  it("C-9 holds although what followed it can't be stored", async () => {
    const { sessions, cookie } = await begun({ n: 1 }, "ada")
    const session = await sessions.open({ cookie }).load()
    session.logout()
    session.data.bad = 1n
    await expect(async () => sessions.commit(session)).rejects.toMatchObject({ code: "ERR_SESSION_DATA" })
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })
})

describe("a deadline", () => {
  it("D-5 that was brought forward is not moved back by a reader of the older one", async () => {
    const { store, cookie } = await begun()
    const sessions = createSessions<Data>({ store, idle: 86_400 * 20 }) // a longer idle time makes a touch due
    const reader = await sessions.open({ cookie }).load()
    expect(reader.data.n).toBe(1)
    await request(sessions, cookie, (session) => session.setExpiry(new Date(Date.now() + 50)))
    await sessions.commit(reader)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })

  it("C-4 that a shorter idle time asks for holds from the next use on", async () => {
    const { store, cookie, sessions: before } = await begun()
    const { id } = await before.open({ cookie }).load()
    const sessions = createSessions<Data>({ store, idle: 60 })
    await request(sessions, cookie, (session) => session.data.n)
    expect((await store.read(id!))!.record.expiresAt).toBeLessThanOrEqual(Date.now() + 60_000)
  })
})

describe("after the response has begun", () => {
  it("E-6 reading goes on, whatever values a schema makes and freezes", async () => {
    const { store, cookie } = await begun({ n: 1 })
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "test",
        validate: () => ({
          value: { when: new Date(0), deep: Object.freeze({ list: Object.freeze([{ a: 1 }]) }) },
        }),
      },
    }
    const sessions = createSessions({ store, schema })
    const session = await sessions.open({ cookie }).load()
    expect(session.data.when.getTime()).toBe(0)
    await sessions.commit(session)
    expect(session.data.when.getTime()).toBe(0)
    expect(session.data.deep.list.map(({ a }) => a)).toEqual([1])
    expect(() => delete (session.data as Data).when).toThrow(
      expect.objectContaining({ code: "ERR_SESSION_CLOSED" }),
    )
    expect(() => Object.assign(session.data.deep.list[0]!, { a: 2 })).toThrow(
      expect.objectContaining({ code: "ERR_SESSION_CLOSED" }),
    )
  })
})

describe("a store", () => {
  it("D-8 may throw instead of rejecting", async () => {
    const store = memoryStore()
    const sessions = createSessions<Data>({
      store: {
        ...store,
        create() {
          throw new Error("hunter2")
        },
      },
    })
    const error = await request(sessions, undefined, (session) =>
      Object.assign(session.data, { n: 1 }),
    ).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: "ERR_SESSION_STORE" })
    expect(String(error)).not.toContain("hunter2")
  })
})

const refuseNumbers = {
  "~standard": {
    version: 1 as const,
    vendor: "test",
    validate: (data: unknown) =>
      typeof (data as Data).n === "number"
        ? { issues: [{ message: "no numbers" }] }
        : { value: data as Data },
  },
}
