import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Session } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { ENGINES, type Options } from "../fixtures/engines.ts"
import { cookieIn, type Data, type MemoryStore, request, surround } from "../security/stage.ts"

// A store that has no room left, on a full disk or at the end of its memory: it reads and forgets, and refuses to write.
// To end a session asks for no room, so each way to end one must work; whatever does not is told.

const FULL = { code: "ERR_SESSION_STORE", statusCode: 503 }
const RENEWING = { renew: 600, grace: 60 }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] })
})
afterEach(() => {
  vi.useRealTimers()
})

function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

/** Sessions over a store that can be filled up. */
function scene(build: (typeof ENGINES)["ours"], options: Options = {}) {
  const memory = memoryStore()
  let isFull = false
  const refuse = async (): Promise<never> => {
    throw new Error("OOM command not allowed")
  }
  let isNearlyFull = false
  const store = surround(memory, async (method, call) => {
    if (isFull && (method === "create" || method === "replace")) return refuse()
    const answer = await call()
    isFull ||= isNearlyFull && method === "create"
    return answer
  })
  const sessions = build(store, options)
  const login = async (userId: string, cookie?: string): Promise<string> =>
    (await request(sessions, cookie, (session) => session.login(userId))).cookie!
  const userAt = async (cookie: string): Promise<string | null> =>
    (await sessions.open({ cookie }).load()).userId
  const idAt = async (cookie: string): Promise<string> => (await sessions.open({ cookie }).load()).id
  return {
    memory,
    sessions,
    login,
    userAt,
    idAt,
    fill: () => {
      isFull = true
    },
    /** One more record, and it is full. */
    nearlyFill: () => {
      isNearlyFull = true
    },
    empty: () => {
      isFull = false
    },
  }
}

/** Whether anything of a session lies under the id. */
async function isThere(store: MemoryStore, id: string): Promise<boolean> {
  return (await store.read(id)) !== undefined
}

describe.each(Object.entries(ENGINES))("a full store, tokens %s", (_name, build) => {
  it.each([
    ["logout()", (session: Session<Data>) => session.logout()],
    ["destroy()", (session: Session<Data>) => session.destroy()],
    [
      "destroy() and save()",
      async (session: Session<Data>) => {
        session.destroy()
        await session.save()
      },
    ],
  ])("%s ends the session", async (_what, work) => {
    const { memory, sessions, login, userAt, idAt, fill } = scene(build)
    const cookie = await login("ada")
    const id = await idAt(cookie)
    fill()
    expect((await request(sessions, cookie, work)).cookie).toBe("")
    expect([await isThere(memory, id), await userAt(cookie)]).toEqual([false, null])
  })

  it("a logout in a request that fails ends the session", async () => {
    const { sessions, login, userAt, fill } = scene(build)
    const cookie = await login("ada")
    fill()
    const { result } = await request(sessions, cookie, (session) => session.logout(), 500)
    expect([result, await userAt(cookie)]).toEqual(["delete", null])
  })

  it("a logout with data for what comes next ends the session, and the data is told to be lost", async () => {
    const { sessions, login, userAt, fill } = scene(build)
    const cookie = await login("ada")
    fill()
    const leaving = request(sessions, cookie, (session) => {
      session.logout()
      session.data.flash = "good bye"
    })
    await expect(leaving).rejects.toMatchObject(FULL)
    expect(await userAt(cookie)).toBe(null)
  })

  it("sessions.revoke() ends the session", async () => {
    const { memory, sessions, login, userAt, idAt, fill } = scene(build)
    const cookie = await login("ada")
    const id = await idAt(cookie)
    fill()
    expect(await sessions.revoke(id)).toBe(true)
    expect(await sessions.revoke(id)).toBe(false)
    expect([await isThere(memory, id), await userAt(cookie)]).toEqual([false, null])
  })

  it("a login that can't be stored fails, and nobody is signed in by it", async () => {
    const { sessions, userAt, login, fill } = scene(build)
    const { cookie } = await request(sessions, undefined, ({ data }) => Object.assign(data, { n: 1 }))
    const ada = await login("ada")
    fill()
    for (const brought of [undefined, cookie!, ada])
      await expect(login("ada", brought)).rejects.toMatchObject(FULL)
    expect(await userAt(cookie!)).toBe(null)
    expect((await sessions.open({ cookie: cookie! }).load()).data).toEqual({ n: 1 })
    expect(await userAt(ada), "the user's own session goes on").toBe("ada")
  })

  it("another user's login ends the session before it, and tells that it is not signed in itself", async () => {
    const { sessions, login, userAt, idAt, memory, fill, empty } = scene(build)
    const cookie = await login("ada")
    const id = await idAt(cookie)
    fill()
    const session = await sessions.open({ cookie }).load()
    session.login("bob")
    await expect(session.save()).rejects.toMatchObject(FULL)
    await expect((async () => sessions.commit(session))()).rejects.toMatchObject(FULL)
    expect([await isThere(memory, id), await userAt(cookie)]).toEqual([false, null])
    const { headers } = await sessions.commit(session)
    expect(cookieIn(headers), "no cookie that leads nowhere").toBe(undefined)
    empty()
    expect(await userAt(await login("bob", cookie))).toBe("bob")
  })

  it("a rotation that can't be stored fails, and leaves the session as it is", async () => {
    const { sessions, login, userAt, fill } = scene(build)
    const cookie = await login("ada")
    fill()
    await expect(request(sessions, cookie, (session) => session.rotate())).rejects.toMatchObject(FULL)
    expect(await userAt(cookie)).toBe("ada")
  })
})

describe.each(Object.entries(ENGINES).slice(0, 2))("a full store, tokens %s", (_name, build) => {
  it("revokeUser() ends all of the user's sessions, and then says that logins under way may have slipped through", async () => {
    const { memory, sessions, login, fill } = scene(build)
    for (let n = 0; n < 30; n++) await login("ada")
    const bob = await login("bob")
    fill()
    await expect(sessions.revokeUser("ada")).rejects.toMatchObject(FULL)
    expect(await memory.listByUser("ada")).toEqual([])
    expect((await sessions.open({ cookie: bob }).load()).userId).toBe("bob")
  })

  it('onReuse: "end" ends the session', async () => {
    const { sessions, login, userAt, fill } = scene(build, { ...RENEWING, onReuse: "end" })
    const old = await login("ada")
    pass(601)
    const { cookie } = await request(sessions, old, (session) => session.userId)
    for (let turn = 0; turn < 2; turn++) {
      pass(61)
      await request(sessions, cookie, (session) => session.userId)
    }
    fill()
    expect([await userAt(old), await userAt(cookie!)]).toEqual([null, null])
  })

  it("a logout also ends the session that a login left", async () => {
    const { memory, sessions, login, fill } = scene(build, RENEWING)
    const old = await login("ada")
    pass(601)
    const { cookie: renewed } = await request(sessions, old, (session) => session.userId)
    const cookie = await login("ada", renewed)
    expect(await memory.listByUser("ada")).toHaveLength(2)
    fill()
    await request(sessions, cookie, (session) => session.logout())
    expect(await memory.listByUser("ada")).toEqual([])
  })

  it("a login that a revocation overtakes ends itself", async () => {
    const { memory, sessions, nearlyFill } = scene(build)
    const session = await sessions.open({}).load()
    const mark = await sessions.mark("ada")
    await sessions.revokeUser("ada")
    nearlyFill()
    session.login("ada", { mark })
    await expect((async () => sessions.commit(session))()).rejects.toMatchObject({
      code: "ERR_SESSION_ENDED",
    })
    expect(await memory.listByUser("ada")).toEqual([])
  })
})

describe("a foreign token that is replaced", () => {
  it("takes along what another request writes under the old one meanwhile", async () => {
    const memory = memoryStore()
    let meanwhile: (() => Promise<unknown>) | undefined
    const sessions = ENGINES.foreign(
      surround(memory, async (method, call) => {
        const answer = await call()
        const work = method === "create" ? meanwhile : undefined
        if (work) meanwhile = undefined
        await work?.()
        return answer
      }),
      {},
    )
    const { cookie } = await request(sessions, undefined, ({ data }) => Object.assign(data, { n: 1 }))
    meanwhile = () =>
      request(ENGINES.foreign(memory, {}), cookie, ({ data }) => Object.assign(data, { late: true }))
    const { cookie: next } = await request(sessions, cookie, (session) => session.rotate())
    expect((await sessions.open({ cookie: next! }).load()).data).toEqual({ n: 1, late: true })
    expect((await sessions.open({ cookie: cookie! }).load()).isNew).toBe(true)
  })
})

describe("a store that fills up while a foreign token is replaced", () => {
  it("still ends what the old token leads to", async () => {
    const { memory, sessions, login, userAt, idAt, nearlyFill } = scene(ENGINES.foreign)
    const cookie = await login("ada")
    const id = await idAt(cookie)
    nearlyFill()
    const { cookie: next } = await request(sessions, cookie, (session) => session.rotate())
    expect(await userAt(next!)).toBe("ada")
    expect([await isThere(memory, id), await userAt(cookie)]).toEqual([false, null])
  })
})
