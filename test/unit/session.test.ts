import { inspect } from "node:util"
import { afterEach, describe, expect, it, vi } from "vitest"
import { z } from "zod"
import {
  createSessions,
  type Session,
  type SessionOptions,
  type Sessions,
  type Store,
} from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { loopClock } from "../fixtures/loop-clock.ts"
import { respelt } from "../fixtures/respelt.ts"

type Data = Record<string, unknown>
type Headers = readonly (readonly [string, string])[]

function setUp(
  options: Partial<SessionOptions<Data>> = {},
  change: (store: Store) => Partial<Store> = () => ({}),
) {
  const memory = memoryStore()
  const calls: string[] = []
  const watched = Object.fromEntries(
    Object.entries({ ...memory, ...change(memory) }).map(([name, method]) => [
      name,
      (...args: unknown[]) => {
        calls.push(name)
        return (method as (...args: unknown[]) => unknown)(...args)
      },
    ]),
  ) as unknown as ReturnType<typeof memoryStore>
  const warnings: string[] = []
  const sessions = createSessions<Data>({
    warn: (text) => warnings.push(text),
    ...options,
    store: watched,
  } as SessionOptions<Data>)
  return { sessions, calls, warnings, store: memory }
}

const load = (sessions: Sessions<Data>, cookie?: string) => sessions.open(cookie ? { cookie } : {}).load()
const cookieOf = (headers: Headers): string =>
  headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
async function begin(sessions: Sessions<Data>, data: Data, userId?: string): Promise<string> {
  const session = await load(sessions)
  Object.assign(session.data, data)
  if (userId) session.login(userId)
  return cookieOf((await sessions.commit(session)).headers)
}

afterEach(() => {
  vi.useRealTimers()
})

describe("a store that gives a record which is over", () => {
  it("brings nobody back", async () => {
    const { sessions } = setUp({}, (store) => ({
      async read(id) {
        const found = await store.read(id)
        return found && { ...found, record: { ...found.record, expiresAt: Date.now() } }
      },
    }))
    const session = await load(sessions, await begin(sessions, { n: 1 }, "ada"))
    expect([session.userId, session.isNew, session.data]).toEqual([null, true, {}])
    session.data.n = 2
    expect((await sessions.commit(session)).result).toBe("create")
  })
})

describe("isLoaded", () => {
  it("says that there is nothing to wait for", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 1 })
    expect(sessions.open({}).isLoaded).toBe(true)
    expect(sessions.open({ cookie: "__Host-session=short" }).isLoaded).toBe(true)
    const session = sessions.open({ cookie })
    const loading = session.load()
    expect(session.isLoaded).toBe(false)
    await loading
    expect(session.isLoaded).toBe(true)
  })

  it("stays false when the store fails", async () => {
    const { sessions } = setUp({}, () => ({ read: async () => Promise.reject(new Error("down")) }))
    const session = sessions.open({ cookie: await begin(sessions, { n: 1 }) })
    await expect(session.load()).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    expect(session.isLoaded).toBe(false)
  })
})

describe("what a request costs the store", () => {
  it("is one read where the data was in nobody's hands, however its text was spelt", async () => {
    const { sessions, calls, store } = setUp()
    const cookie = await begin(sessions, { n: 1 }, "ada")
    const [record] = await store.listByUser("ada")
    const { version } = (await store.read(record!.id))!
    await store.replace(
      { ...record!, payload: respelt(record!.payload, (text) => text.replace('"n":1', '"n": 1')) },
      version,
    )
    calls.length = 0
    const session = await load(sessions, cookie)
    expect(session.userId).toBe("ada")
    expect((await sessions.commit(session)).result).toBe("nothing")
    expect(calls).toEqual(["read"])
  })

  it("is four calls to sign in, two of which are for the user's mark, and three with a mark at hand", async () => {
    const { sessions, calls } = setUp()
    const signIn = async (sent: string | undefined, mark?: string): Promise<string[]> => {
      calls.length = 0
      const session = await load(sessions, sent)
      session.login("ada", { mark })
      await sessions.commit(session)
      return [...calls]
    }
    const cookie = await begin(sessions, { n: 1 })
    expect(await signIn(cookie)).toEqual(["read", "read", "replace", "read"])
    expect(await signIn(undefined)).toEqual(["read", "create", "read"])
    expect(await signIn(await begin(sessions, { n: 1 }), await sessions.mark("ada"))).toEqual([
      "read",
      "replace",
      "read",
    ])
  })

  it("is no call for marks where no user's sessions can be found", async () => {
    const calls: string[] = []
    const { listByUser: _, ...memory } = memoryStore()
    const store: Store = {
      ...memory,
      read: (id, options) => {
        calls.push("read")
        return memory.read(id, options)
      },
    }
    const sessions = createSessions<Data>({ store })
    expect(await sessions.mark("ada")).toBe("")
    const session = await load(sessions)
    session.login("ada", { mark: "" })
    await sessions.commit(session)
    expect(calls).toEqual([])
  })

  it("is nothing without a cookie, one read with, two calls to write", async () => {
    const { sessions, calls } = setUp()
    const cookie = await begin(sessions, { n: 1 })
    const cost = async (work: (data: Data) => unknown, sent?: string): Promise<string[]> => {
      calls.length = 0
      const session = await load(sessions, sent)
      work(session.data)
      await sessions.commit(session)
      return [...calls]
    }
    expect(await cost((data) => data.n)).toEqual([])
    expect(await cost((data) => data.n, cookie)).toEqual(["read"])
    expect(await cost((data) => Object.assign(data, { n: 2 }), cookie)).toEqual(["read", "replace"])
    expect(await cost((data) => Object.assign(data, { n: 2 }), cookie)).toEqual(["read"])
    expect(await cost((data) => Object.assign(data, { n: 1 }))).toEqual(["create"])
    calls.length = 0
    await sessions.commit(sessions.open({ cookie }))
    expect(calls).toEqual([])
  })

  it("is one read however many load", async () => {
    const { sessions, calls } = setUp()
    const cookie = await begin(sessions, { n: 1 })
    calls.length = 0
    const session = sessions.open({ cookie })
    await Promise.all([session.load(), session.load(), session.load()])
    expect(calls).toEqual(["read"])
  })

  it("is answered without a promise when nothing is to be stored", async () => {
    const { sessions } = setUp()
    const session = await load(sessions, await begin(sessions, { n: 1 }))
    expect(session.data.n).toBe(1)
    expect(sessions.commit(session)).not.toBeInstanceOf(Promise)
  })
})

describe("deadlines", () => {
  it("end a session that is not used for the idle time, and slide with use", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { sessions, calls } = setUp({ idle: 100, absolute: 1000 })
    const cookie = await begin(sessions, { n: 1 })
    const use = async (seconds: number): Promise<boolean> => {
      vi.setSystemTime(Date.now() + seconds * 1000)
      const session = await load(sessions, cookie)
      const isThere = session.data.n === 1
      await sessions.commit(session)
      return isThere
    }
    calls.length = 0
    expect(await use(9)).toBe(true)
    expect(calls).toEqual(["read"])
    for (let n = 0; n < 8; n++) expect(await use(90)).toBe(true)
    expect(calls.filter((call) => call === "touch")).toHaveLength(8)
    expect(await use(101)).toBe(false)
  })

  it("are kept by a change until moving them is due, also by update(); a new expiry moves them at once", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { sessions, store } = setUp({ idle: 100 })
    const cookie = await begin(sessions, { n: 1 })
    const start = Date.now()
    let session = await load(sessions, cookie)
    const endAfter = async (seconds: number, change: () => unknown): Promise<number> => {
      vi.setSystemTime(start + seconds * 1000)
      session = await load(sessions, cookie)
      await change()
      await sessions.commit(session)
      return ((await store.read(session.id))!.record.expiresAt - start) / 1000
    }
    const write = (): void => {
      session.data.n = Math.random()
    }
    const update = (): Promise<unknown> =>
      session.update((data) => {
        data.n = Math.random()
      })
    expect(await endAfter(9, write)).toBe(100)
    expect(await endAfter(9, update)).toBe(100)
    expect(await endAfter(10, write)).toBe(110)
    expect(await endAfter(19, update)).toBe(110)
    expect(await endAfter(20, update)).toBe(120)
    expect(await endAfter(21, () => session.setExpiry(105))).toBe(126)
    expect(await endAfter(22, () => session.setExpiry(null))).toBe(122)
    expect(await endAfter(23, () => session.rotate())).toBe(123)
  })

  it("do not slide by a load that nobody looks at", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { sessions, calls } = setUp({ idle: 100 })
    const cookie = await begin(sessions, { n: 1 })
    vi.setSystemTime(Date.now() + 90_000)
    await sessions.commit(await load(sessions, cookie))
    expect(calls).not.toContain("touch")
  })

  it("say that the session has ended where it is gone before they could slide", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { sessions, store } = setUp({ idle: 100 })
    const cookie = await begin(sessions, { n: 1 }, "ada")
    vi.setSystemTime(Date.now() + 90_000)
    const session = await load(sessions, cookie)
    expect(session.userId).toBe("ada")
    await store.delete(session.id)
    expect((await sessions.commit(session)).result).toBe("ended")
  })

  it("end a session at the absolute limit whatever is done, and a new login starts it anew", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { sessions } = setUp({ idle: 60, absolute: 300 })
    let cookie = await begin(sessions, { n: 1 })
    const start = Date.now()
    while (Date.now() - start < 290_000) {
      vi.setSystemTime(Date.now() + 10_000)
      const session = await load(sessions, cookie)
      expect(session.isNew).toBe(false)
      session.data.n = Date.now()
      session.setExpiry(new Date(Date.now() + 1e9))
      session.rotate()
      cookie = cookieOf((await sessions.commit(session)).headers)
    }
    const again = await load(sessions, cookie)
    again.login("ada")
    const signedIn = cookieOf((await sessions.commit(again)).headers)
    vi.setSystemTime(start + 300_000)
    expect((await load(sessions, cookie)).isNew).toBe(true)
    expect((await load(sessions, signedIn)).userId).toBe("ada")
  })

  it("hold a session to a limit that was shortened since", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { sessions, store } = setUp({ absolute: 3000 })
    const cookie = await begin(sessions, { n: 1 })
    vi.setSystemTime(Date.now() + 200_000)
    const stricter = createSessions({ store, absolute: 100 })
    expect((await stricter.open({ cookie }).load()).isNew).toBe(true)
  })

  it("survive with setExpiry, which is kept with the session", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 1 })
    const set = async (expiry: number | Date | null): Promise<string | undefined> => {
      const session = await load(sessions, cookie)
      session.setExpiry(expiry)
      const { headers } = await sessions.commit(session)
      return headers.find(([name]) => name === "set-cookie")?.[1]
    }
    expect(await set(300)).toContain("Max-Age=2592000")
    let session = await load(sessions, cookie)
    expect(session.getExpiryAge()).toBe(300)
    expect(session.getExpireAtBrowserClose()).toBe(false)
    expect(session.getExpiryDate().getTime()).toBe(Date.now() + 300_000)
    expect(await set(300)).toBe(undefined)

    expect(await set(0)).not.toContain("Max-Age")
    session = await load(sessions, cookie)
    expect([session.getExpiryAge(), session.getExpireAtBrowserClose()]).toEqual([1_209_600, true])

    const date = new Date(Date.now() + 70_500)
    expect(await set(date)).toContain("Max-Age=71")
    session = await load(sessions, cookie)
    expect([session.getExpiryAge(), session.getExpiryDate()]).toEqual([70, date])

    expect(await set(null)).toContain("Max-Age=2592000")
    expect((await load(sessions, cookie)).getExpiryAge()).toBe(1_209_600)
  })

  it("are another request's where that set them meanwhile, also in what is stored after a save()", async () => {
    const { sessions, store } = setUp()
    const cookie = await begin(sessions, { n: 1 })
    const mine = await load(sessions, cookie)
    mine.data.n = 2
    const other = await load(sessions, cookie)
    other.setExpiry(300)
    await sessions.commit(other)
    await mine.save()
    expect(mine.getExpiryAge()).toBe(300)
    mine.data.n = 3
    await sessions.commit(mine)
    expect((await load(sessions, cookie)).getExpiryAge()).toBe(300)
    expect((await store.read(mine.id!))!.record.expiresAt).toBeLessThanOrEqual(Date.now() + 300_000)
  })

  it("are another request's where that set them meanwhile, also after an update()", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 1 })
    const mine = await load(sessions, cookie)
    expect(mine.data.n).toBe(1)
    const other = await load(sessions, cookie)
    other.setExpiry(300)
    await sessions.commit(other)
    await mine.update((data) => {
      data.n = 2
    })
    expect(mine.getExpiryAge()).toBe(300)
    mine.data.n = 3
    expect((await sessions.commit(mine)).headers.map(([name]) => name)).toEqual(["vary"])
    expect((await load(sessions, cookie)).getExpiryAge()).toBe(300)
  })

  it("answer for another moment or expiry, as Django's do", async () => {
    const { sessions } = setUp({ expireAtBrowserClose: true })
    const session = await load(sessions)
    const modification = new Date(Date.now() + 5000)
    expect(session.getExpireAtBrowserClose()).toBe(true)
    expect(session.getExpiryAge({ expiry: 10, modification })).toBe(10)
    expect(session.getExpiryAge({ expiry: new Date(modification.getTime() + 10_000), modification })).toBe(10)
    expect(session.getExpiryDate({ expiry: 10, modification })).toEqual(
      new Date(modification.getTime() + 10_000),
    )
    session.setExpiry(20)
    expect(session.getExpiryAge({ expiry: null })).toBe(1_209_600)
    expect(session.getExpiryAge({ modification })).toBe(20)
  })

  it("in the past end the session with the response", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 1 })
    const session = await load(sessions, cookie)
    session.setExpiry(new Date(Date.now() - 1000))
    const { headers } = await sessions.commit(session)
    expect(headers[1]![1]).toContain("Max-Age=0")
    expect((await load(sessions, cookie)).isNew).toBe(true)
  })

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    new Date(Number.NaN),
    "300" as unknown as number,
  ])("are not set to %s", async (expiry) => {
    const session = await load(setUp().sessions)
    expect(() => session.setExpiry(expiry)).toThrow(TypeError)
  })
})

describe("login, logout and rotate", () => {
  it("keep an anonymous visitor's data and forget another user's", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { cart: 1 })
    const first = await load(sessions, cookie)
    first.login("ada")
    expect([first.userId, first.data]).toEqual(["ada", { cart: 1 }])
    const ada = cookieOf((await sessions.commit(first)).headers)
    const second = await load(sessions, ada)
    second.login("bob")
    expect([second.userId, second.data]).toEqual(["bob", {}])
    const bob = cookieOf((await sessions.commit(second)).headers)
    expect((await load(sessions, ada)).isNew).toBe(true)
    expect((await load(sessions, bob)).userId).toBe("bob")
    expect(await sessions.list("ada")).toEqual([])
  })

  it("sign in even though the session from before was ended meanwhile", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { cart: 1 })
    const [one, other] = [await load(sessions, cookie), await load(sessions, cookie)]
    one.login("ada")
    other.login("ada")
    await sessions.commit(one)
    const second = cookieOf((await sessions.commit(other)).headers)
    expect((await load(sessions, second)).userId).toBe("ada")
  })

  it("never give the old token the new user, even when an update comes between", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 1 })
    const session = await load(sessions, cookie)
    session.login("ada")
    await session.update((data) => Object.assign(data, { n: 2 }))
    expect((await load(sessions, cookie)).userId).toBe(null)
    const signedIn = cookieOf((await sessions.commit(session)).headers)
    const after = await load(sessions, signedIn)
    expect([after.userId, after.data]).toEqual(["ada", { n: 2 }])
  })

  it("begin a new session when data follows a logout", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { secret: 1 }, "ada")
    const session = await load(sessions, cookie)
    session.logout()
    session.data.notice = "You are logged out."
    const fresh = cookieOf((await sessions.commit(session)).headers)
    expect(fresh).not.toBe(cookie)
    expect((await load(sessions, cookie)).isNew).toBe(true)
    expect((await load(sessions, fresh)).data).toEqual({ notice: "You are logged out." })
  })

  it("store nothing for an anonymous logout or rotate", async () => {
    const { sessions, calls } = setUp()
    for (const method of ["logout", "destroy", "rotate"] as const) {
      const session = await load(sessions)
      session[method]()
      expect((await sessions.commit(session)).headers).toEqual([["vary", "Cookie"]])
    }
    expect(calls).toEqual([])
  })

  it("clear the cookie of a session that no longer exists", async () => {
    const { sessions } = setUp()
    const session = await load(sessions, `__Host-session=${"a".repeat(43)}`)
    session.logout()
    expect((await sessions.commit(session)).headers[1]![1]).toContain("__Host-session=; Max-Age=0")
  })

  it.each([
    "",
    "x".repeat(256),
    "a\0",
    "x\ud800",
    7 as unknown as string,
  ])("refuse %j as a user", async (userId) => {
    const session = await load(setUp().sessions)
    expect(() => session.login(userId)).toThrow(TypeError)
  })
})

describe("update", () => {
  it("stores at once, and leaves this request's other changes to the commit", async () => {
    const { sessions, store } = setUp()
    const cookie = await begin(sessions, { n: 1, a: 1 })
    const session = await load(sessions, cookie)
    session.data.a = 2
    expect(await session.update((data) => (data.n = Number(data.n) + 1))).toBe(2)
    expect(session.data).toEqual({ n: 2, a: 2 })
    expect((await load(sessions, cookie)).data).toEqual({ n: 2, a: 1 })
    await sessions.commit(session)
    expect((await load(sessions, cookie)).data).toEqual({ n: 2, a: 2 })
    expect((await store.listByUser("nobody")).length).toBe(0)
  })

  it.each([
    ["update", (session: Session<Data>) => session.update((data) => Object.assign(data, { n: 2 }))],
    ["save", (session: Session<Data>) => session.save()],
  ])("leaves what nobody else has changed in the handler's hands: %s", async (_what, store) => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 1, cart: [], bag: { a: 1 } })
    const session = await load(sessions, cookie)
    const { cart, bag } = session.data as { cart: string[]; bag: { a: number } }
    bag.a = 2
    const other = await load(sessions, cookie)
    Object.assign(other.data, { other: true, bag: { a: 9 } })
    await sessions.commit(other)
    await store(session)
    cart.push("book")
    bag.a = 3
    await sessions.commit(session)
    const { data } = await load(sessions, cookie)
    expect(data).toEqual({ n: _what === "update" ? 2 : 1, cart: ["book"], bag: { a: 3 }, other: true })
  })

  it.each([
    ["a number too large for JSON", 10n],
    ["a date", new Date(0)],
    ["no number", Number.NaN],
    ["a map", new Map()],
  ])("keeps what it stored, and refuses with the response what JSON can't hold: %s", async (_what, bad) => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 1, key: "as it was" })
    const session = await load(sessions, cookie)
    session.data.key = bad
    const other = await load(sessions, cookie)
    Object.assign(other.data, { other: true, key: "theirs" })
    await sessions.commit(other)
    await session.update((data) => Object.assign(data, { paid: true }))
    expect(session.data).toEqual({ n: 1, key: bad, paid: true, other: true })
    await expect(async () => sessions.commit(session)).rejects.toMatchObject({ code: "ERR_SESSION_DATA" })
    expect((await load(sessions, cookie)).data).toEqual({ n: 1, key: "theirs", paid: true, other: true })
  })

  it("takes nothing away of what it stored when the schema refuses the handler's own data for a moment", async () => {
    const sessions = createSessions<Data>({
      store: memoryStore(),
      schema: z.looseObject({ n: z.number().optional() }),
    })
    const cookie = await begin(sessions, { n: 1, when: "then" })
    const session = await load(sessions, cookie)
    const other = await load(sessions, cookie)
    Object.assign(other.data, { other: true })
    await sessions.commit(other)
    session.data.n = "12"
    await session.update((data) => Object.assign(data, { paid: true }))
    session.data.n = Number(session.data.n)
    await sessions.commit(session)
    expect((await load(sessions, cookie)).data).toEqual({ n: 12, when: "then", paid: true, other: true })
  })

  it("counts exactly when one request runs many side by side, awaited or not", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 0 })
    const session = await load(sessions, cookie)
    const add = () => session.update((data) => Object.assign(data, { n: Number(data.n) + 1 }))
    await Promise.all(Array.from({ length: 20 }, add))
    for (let n = 0; n < 20; n++) void add()
    await sessions.commit(session)
    expect((await load(sessions, cookie)).data.n).toBe(40)
  })

  it("works on what others stored meanwhile, and shows it", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 0 })
    const slow = await load(sessions, cookie)
    const fast = await load(sessions, cookie)
    fast.data.n = 10
    fast.data.other = true
    await sessions.commit(fast)
    await slow.update((data) => Object.assign(data, { n: Number(data.n) + 1 }))
    expect(slow.data).toEqual({ n: 11, other: true })
  })

  it("goes on after the response has begun, where plain changes are refused", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 1, deep: { a: [1] } })
    const session = await load(sessions, cookie)
    const { data } = session
    await sessions.commit(session)
    const closed = expect.objectContaining({ code: "ERR_SESSION_CLOSED" })
    expect(() => Object.assign(session.data, { n: 2 })).toThrow(closed)
    expect(() => delete session.data.n).toThrow(closed)
    expect(() => (session.data.deep as { a: number[] }).a.push(2)).toThrow(closed)
    expect(() => Object.assign(data, { n: 2 })).toThrow(closed)
    for (const method of ["logout", "destroy", "rotate"] as const)
      expect(() => session[method]()).toThrow(closed)
    expect(() => session.login("ada")).toThrow(closed)
    expect(() => session.setExpiry(1)).toThrow(closed)
    expect(session.data.n).toBe(1)
    await session.update((stored) => Object.assign(stored, { n: 5 }))
    expect(session.data.n).toBe(5)
    expect((await load(sessions, cookie)).data.n).toBe(5)
  })

  it("is refused once the response of a session that is not stored has begun, whatever it does", async () => {
    const { sessions } = setUp()
    const session = await sessions.open({}).load()
    await sessions.commit(session)
    const change = vi.fn(() => 1)
    await expect(session.update(change)).rejects.toMatchObject({ code: "ERR_SESSION_CLOSED" })
    expect(change).not.toHaveBeenCalled()
  })

  it("is refused for a session that was ended, and stores nothing when it throws", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, { n: 1 })
    const [session, other] = [await load(sessions, cookie), await load(sessions, cookie)]
    await expect(
      session.update((data) => {
        data.n = 2
        throw new Error("changed my mind")
      }),
    ).rejects.toThrow("changed my mind")
    expect(session.data.n).toBe(1)
    await expect(session.update(async () => {})).rejects.toThrow(TypeError)
    other.logout()
    await sessions.commit(other)
    await expect(session.update(() => {})).rejects.toMatchObject({ code: "ERR_SESSION_ENDED" })
  })

  it("changes a session that is not stored yet in place, and its first save sets the cookie", async () => {
    const { sessions } = setUp()
    const session = await load(sessions)
    await session.update((data) => Object.assign(data, { n: 1 }))
    await session.save()
    session.data.n = 2
    const cookie = cookieOf((await sessions.commit(session, { status: 500 })).headers)
    expect((await load(sessions, cookie)).data).toEqual({ n: 1 })
  })
})

describe("a store that hangs", () => {
  it("keeps no writer waiting for longer than its time, however many there are", async () => {
    let isHanging = false
    const { sessions } = setUp({ timeout: 0.2 }, (store) => ({
      replace: (record, version) => (isHanging ? new Promise(() => {}) : store.replace(record, version)),
    }))
    const cookie = await begin(sessions, { n: 1 })
    const loaded = await Promise.all(Array.from({ length: 10 }, () => load(sessions, cookie)))
    isHanging = true
    using clock = loopClock()
    const results = await Promise.allSettled(
      loaded.map(async (session, n) => {
        session.data[`key${n}`] = n
        await sessions.commit(session)
      }),
    )
    expect(results.every(({ status }) => status === "rejected")).toBe(true)
    expect(clock.now()).toBeLessThan(1000)
    isHanging = false
    const after = await load(sessions, cookie)
    after.data.n = 2
    expect((await sessions.commit(after)).result).toBe("replace")
  })
})

describe("a session that was set aside", () => {
  it.each([
    "",
    "junk",
    "{}",
    '{"v":1,"createdAt":1e999,"expiry":null,"data":{}}',
    '{"v":1,"createdAt":9999999999999,"expiry":null,"data":[]}',
    '{"v":1,"createdAt":9999999999999,"expiry":null,"data":{"a":}}',
  ])("is a fresh one, with a warning that has no secret: %s", async (payload) => {
    const { sessions, store, warnings } = setUp()
    const cookie = await begin(sessions, { n: 1 }, "ada")
    const [record] = await store.listByUser("ada")
    const found = await store.read(record!.id)
    await store.replace({ ...record!, payload }, found!.version)
    const session = await load(sessions, cookie)
    expect([session.userId, session.isNew, session.data]).toEqual([null, true, {}])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).not.toContain(cookie.split("=")[1])
    session.data.n = 2
    expect(cookieOf((await sessions.commit(session)).headers)).not.toBe(cookie)
    expect((await store.read(record!.id))?.record.payload).toBe(payload)
  })
})

describe("a schema", () => {
  const schema = z.object({
    theme: z.enum(["light", "dark"]).default("light"),
    seen: z.coerce.date().optional(),
  })

  it("fills in defaults without making them changes", async () => {
    const store = memoryStore()
    const sessions = createSessions({ store, schema })
    const session = await sessions.open({}).load()
    const theme: "light" | "dark" = session.data.theme
    expect(theme).toBe("light")
    expect((await sessions.commit(session)).result).toBe("nothing")
    const changed = await sessions.open({}).load()
    changed.data.seen = new Date(5)
    const cookie = cookieOf((await sessions.commit(changed)).headers)
    const again = await sessions.open({ cookie }).load()
    expect(again.data).toEqual({ theme: "light", seen: new Date(5) })
    expect((await sessions.commit(again)).result).toBe("nothing")
  })

  it("migrates old shapes, and what it refuses is set aside", async () => {
    const store = memoryStore()
    const old = createSessions<Data>({ store })
    const cookie = await begin(old, { name: "Ada Lovelace" })
    const migrating = z.preprocess(
      (data) => ("name" in (data as Data) ? { first: String((data as Data).name).split(" ")[0] } : data),
      z.object({ first: z.string().optional() }),
    )
    const sessions = createSessions({ store, schema: migrating })
    const session = await sessions.open({ cookie }).load()
    expect(session.data).toEqual({ first: "Ada" })
    session.data.first = "Augusta"
    await sessions.commit(session)
    expect((await old.open({ cookie }).load()).data).toEqual({ first: "Augusta" })

    const warnings: string[] = []
    const strict = createSessions({
      store,
      schema: z.object({ first: z.number().optional() }),
      warn: (text) => warnings.push(text),
    })
    expect((await strict.open({ cookie }).load()).isNew).toBe(true)
    expect(warnings[0]).toContain("first")
    expect((await old.open({ cookie }).load()).isNew).toBe(false)
  })

  it("fails no request that changes nothing, whatever a neighbour of another version has stored", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const store = memoryStore()
    const options = { store, renew: 60, grace: 60 }
    const [sessions, other] = [
      createSessions({ ...options, schema: z.object({ n: z.number().optional() }) }),
      createSessions<Data>(options),
    ]
    const cookie = await begin(other, { n: 1 }, "ada")
    vi.setSystemTime(Date.now() + 61_000)
    const reader = await sessions.open({ cookie }).load()
    expect(reader.userId).toBe("ada")
    const writer = await load(other, cookie)
    writer.data.n = "one"
    await other.commit(writer)
    expect((await sessions.commit(reader)).result).toBe("touch")
    expect((await load(other, cookie)).data).toEqual({ n: "one" })
  })

  it("must accept a new session and be synchronous, or says so at start-up", () => {
    const store = memoryStore()
    expect(() => createSessions({ store, schema: z.object({ name: z.string() }) })).toThrow(
      /"schema" must accept \{\}.*name/,
    )
    const slow = z.object({}).refine(async () => true)
    expect(() => createSessions({ store, schema: slow })).toThrow(TypeError)
  })
})

describe("wrong options", () => {
  it.each<[string, unknown, string, object?]>([
    ["idle", 0, '"idle" must be a positive number; it is 0'],
    ["idle", "60", '"idle" must be a positive number; it is the string "60"'],
    ["absolute", 401 * 86_400, '"absolute" must be at most 34560000'],
    ["timeout", Number.NaN, '"timeout"'],
    ["timeout", 601, '"timeout" must be at most 600 seconds'],
    ["maxBytes", -1, '"maxBytes"'],
    ["cookie", { name: "a b" }, '"cookie.name"'],
    ["renew", 60, '"renew" is for sessions in a store', { seal: ["x".repeat(43)] }],
    ["grace", 60, '"grace" is for sessions in a store', { seal: ["x".repeat(43)] }],
    ["onReuse", "end", '"onReuse" is for sessions in a store', { seal: ["x".repeat(43)] }],
  ])("are a TypeError that names %s", (option, value, sentence, others = { store: memoryStore() }) => {
    const create = () => createSessions({ ...others, [option]: value } as unknown as SessionOptions<Data>)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(sentence)
  })

  it("are a TypeError when there is nowhere to keep sessions", () => {
    expect(() => createSessions({} as SessionOptions<Data>)).toThrow(TypeError)
    expect(() => createSessions({ store: {} } as unknown as SessionOptions<Data>)).toThrow(
      /"store" must be a store/,
    )
  })
})

describe("limits and secrets", () => {
  it("refuse a session that is too large, and keep what was there", async () => {
    const { sessions } = setUp({ maxBytes: 200 })
    const cookie = await begin(sessions, { n: 1 })
    const session = await load(sessions, cookie)
    session.data.big = "é".repeat(100)
    await expect(async () => sessions.commit(session)).rejects.toMatchObject({
      code: "ERR_SESSION_DATA",
      message: expect.stringMatching(
        /^The session's data takes \d+ bytes; the option "maxBytes" allows 200$/,
      ),
    })
    expect((await load(sessions, cookie)).data).toEqual({ n: 1 })
  })

  it("count what a merge makes", async () => {
    const { sessions } = setUp({ maxBytes: 200 })
    const cookie = await begin(sessions, { n: 1 })
    const [one, other] = [await load(sessions, cookie), await load(sessions, cookie)]
    one.data.one = "x".repeat(100)
    other.data.other = "x".repeat(100)
    await sessions.commit(one)
    await expect(async () => sessions.commit(other)).rejects.toMatchObject({ code: "ERR_SESSION_DATA" })
    expect(Object.keys((await load(sessions, cookie)).data)).toEqual(["n", "one"])
  })

  it("count the data and nothing else, so that what was accepted can be signed in to, rotated and renewed", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { sessions } = setUp({ maxBytes: 1000, renew: 60, grace: 60 })
    const text = (bytes: number): Data => ({ text: "x".repeat(bytes - '{"text":""}'.length) })
    let cookie = await begin(sessions, text(1000))
    await expect(begin(sessions, text(1001))).rejects.toMatchObject({ code: "ERR_SESSION_DATA" })
    for (const work of ["login", "rotate", "look", "login"] as const) {
      vi.setSystemTime(Date.now() + 61_000)
      const session = await load(sessions, cookie)
      if (work === "login") session.login("ada")
      else if (work === "rotate") session.rotate()
      expect(session.data).toEqual(text(1000))
      cookie = cookieOf((await sessions.commit(session)).headers)
    }
  })

  it("lets what is stored already be read and used, though the limit was made smaller since", async () => {
    const { sessions, store } = setUp()
    const cookie = await begin(sessions, { text: "x".repeat(1000) }, "ada")
    const smaller = createSessions<Data>({ store, maxBytes: 100 })
    const session = await load(smaller, cookie)
    session.rotate()
    const next = cookieOf((await smaller.commit(session)).headers)
    const again = await load(smaller, next)
    expect(again.userId).toBe("ada")
    again.data.n = 1
    await expect(async () => smaller.commit(again)).rejects.toMatchObject({ code: "ERR_SESSION_DATA" })
  })

  it("keep the token out of the store and out of everything printed", async () => {
    const { sessions, store } = setUp()
    const cookie = await begin(sessions, { n: 1 }, "ada")
    const token = cookie.split("=")[1]!
    const session = await load(sessions, cookie)
    const records = await store.listByUser("ada")
    const printed = [session, sessions, records, await sessions.list("ada")].map(
      (thing) => inspect(thing, { depth: 9, showHidden: true }) + JSON.stringify(thing) + String(thing),
    )
    expect(printed.join()).not.toContain(token)
    const stolen = `__Host-session=${records[0]!.id}`
    expect((await load(sessions, stolen)).isNew).toBe(true)
  })

  it("never adopt an id that was not issued", async () => {
    const { sessions } = setUp()
    const planted = `__Host-session=${"a".repeat(43)}`
    const session = await load(sessions, planted)
    session.data.n = 1
    expect(cookieOf((await sessions.commit(session)).headers)).not.toBe(planted)
    expect((await load(sessions, planted)).isNew).toBe(true)
  })
})

describe("operators", () => {
  it("list and revoke sessions by user and by id", async () => {
    const { sessions } = setUp()
    const cookies = [
      await begin(sessions, { n: 0 }, "ada"),
      await begin(sessions, { n: 1 }, "ada"),
      await begin(sessions, {}, "bob"),
    ]
    const mine = await load(sessions, cookies[0])
    const listed = await sessions.list("ada")
    expect(listed.map(({ data }) => data.n).sort()).toEqual([0, 1])
    expect(await sessions.revokeUser("ada", { except: mine.id })).toBe(1)
    expect((await sessions.list("ada")).map(({ id }) => id)).toEqual([mine.id])
    expect(await sessions.revoke(mine.id!)).toBe(true)
    expect(await sessions.revoke(mine.id!)).toBe(false)
    expect((await load(sessions, cookies[0])).isNew).toBe(true)
    expect((await load(sessions, cookies[2])).userId).toBe("bob")
  })

  it("revoke a session also while it moves to a new token", async () => {
    const { sessions } = setUp()
    const cookie = await begin(sessions, {}, "ada")
    const session = await load(sessions, cookie)
    const { id } = session
    session.rotate()
    const moved = cookieOf((await sessions.commit(session)).headers)
    expect(await sessions.revoke(id!)).toBe(true)
    expect((await load(sessions, moved)).isNew).toBe(true)
  })
})
