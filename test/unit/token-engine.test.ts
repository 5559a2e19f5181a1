import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { decodePayload } from "../../src/core/payload.ts"
import { forwardSeal } from "../../src/core/succession.ts"
import { issueToken } from "../../src/core/token.ts"
import {
  createSessions,
  type Session,
  type SessionEvent,
  type SessionOptions,
  type Sessions,
} from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { cookieIn, type Data, latch, type MemoryStore, request, surround } from "../security/stage.ts"

// What the house promises of a session that keeps its id while its secret changes, a rule a test. The truth table itself is in
// credentials.test.ts, every order of the store's calls in test/orders.

const ENDED = { code: "ERR_SESSION_ENDED", statusCode: 409 }
const RENEWING = { renew: 600, grace: 60 }
const CLEARED = ""

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] })
})
afterEach(() => {
  vi.useRealTimers()
})

function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

const look = (session: Session<Data>): unknown => session.userId
const set =
  (key: string, value: unknown = true) =>
  (session: Session<Data>): unknown =>
    Object.assign(session.data, { [key]: value })

/** Sessions over a memory store, and one that somebody, or nobody, is signed in to. */
async function begin(
  userId: string | null,
  options: Partial<SessionOptions<Data>> = {},
  around?: Parameters<typeof surround>[1],
) {
  const memory = memoryStore()
  const store: MemoryStore = around ? surround(memory, around) : memory
  const events: SessionEvent[] = []
  const sessions = createSessions<Data>({
    store,
    observe: (event) => events.push(event),
    ...options,
  } as SessionOptions<Data>)
  const { cookie } = await request(sessions, undefined, (session) => {
    session.data.n = 1
    if (userId !== null) session.login(userId)
  })
  const { id } = await sessions.open({ cookie: cookie! }).load()
  return { store: memory, sessions, cookie: cookie!, id, events }
}

async function userOf(sessions: Sessions<Data>, cookie: string | undefined): Promise<string | null> {
  return (await sessions.open({ cookie: cookie! }).load()).userId
}

/** A request that is loaded now and goes on later. */
const loaded = (sessions: Sessions<Data>, cookie: string): Promise<Session<Data>> =>
  sessions.open({ cookie }).load()

/** What a commit did, with its cookie, or the code of its error. */
async function commit(
  sessions: Sessions<Data>,
  session: Session<Data>,
): Promise<readonly [string, string | undefined]> {
  try {
    const { result, headers } = await sessions.commit(session)
    return [result, cookieIn(headers)]
  } catch (error) {
    return [(error as { code: string }).code, undefined]
  }
}

describe("a session", () => {
  it("keeps its id from before its first store, through logins, rotations and renewals", async () => {
    const { sessions } = await begin(null, RENEWING)
    const first = await sessions.open({}).load()
    const { id } = first
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    first.data.n = 1
    let [, cookie] = await commit(sessions, first)
    for (const work of [look, (s: Session<Data>) => s.login("ada"), (s: Session<Data>) => s.rotate(), look]) {
      pass(RENEWING.renew + 1)
      const used = await request(sessions, cookie, work)
      cookie = used.cookie ?? cookie
      expect((await loaded(sessions, cookie!)).id).toBe(id)
    }
    expect((await sessions.list("ada")).map((info) => info.id)).toEqual([id])
  })

  it("says when it began and when its user signed in, from which its absolute limit counts", async () => {
    const { sessions, cookie } = await begin(null, { absolute: 1000, idle: 1000 })
    const began = Date.now()
    pass(900)
    const { cookie: signedIn } = await request(sessions, cookie, (session) => {
      expect([session.createdAt, session.signedInAt]).toEqual([new Date(began), null])
      session.login("ada")
      expect(session.signedInAt).toEqual(new Date())
    })
    const signedInAt = Date.now()
    pass(900)
    const { cookie: rotated } = await request(sessions, signedIn, (session) => session.rotate())
    const [info] = await sessions.list("ada")
    expect(info).toMatchObject({ createdAt: new Date(began), signedInAt: new Date(signedInAt) })
    expect(info!.usedAt.getTime()).toBeLessThanOrEqual(Date.now())
    pass(100)
    expect(await userOf(sessions, rotated)).toBe(null)
  })

  it("is listed with the user's others, the newest first", async () => {
    const { sessions, id } = await begin("ada")
    const ids = [id]
    for (let n = 0; n < 3; n++) {
      pass(60)
      const session = await sessions.open({}).load()
      session.login("ada")
      await sessions.commit(session)
      ids.unshift(session.id)
    }
    expect((await sessions.list("ada")).map((info) => info.id)).toEqual(ids)
  })

  it("keeps its expiry to itself", async () => {
    const { sessions, cookie } = await begin("ada")
    const session = await loaded(sessions, cookie)
    const end = new Date(Date.now() + 60_000)
    session.setExpiry(end)
    end.setTime(0)
    await sessions.commit(session)
    const again = await loaded(sessions, cookie)
    ;(again.expiry as Date).setTime(0)
    expect((await commit(sessions, again))[0]).toBe("nothing")
    expect(again.expiry).toEqual(new Date(Date.now() + 60_000))
  })

  it("has nothing changed of it by a request that fails, its expiry neither", async () => {
    const { sessions, cookie } = await begin("ada")
    const session = await loaded(sessions, cookie)
    session.rotate()
    await session.save()
    session.setExpiry(60)
    const { headers } = await sessions.commit(session, { status: 500 })
    expect((await loaded(sessions, cookieIn(headers)!)).expiry).toBe(null)
  })

  it("is a new one where a store gives anything but text", async () => {
    for (const payload of [null, 7, [1], Buffer.from("x"), { a: 1 }]) {
      const warnings: string[] = []
      let isBroken = false
      const { sessions, cookie } = await begin(
        "ada",
        { warn: (warning) => warnings.push(warning) },
        async (method, call) => {
          const found = (await call()) as { record: object } | undefined
          const isRead = method === "read" && found && isBroken
          return isRead ? { ...found, record: { ...found.record, payload } } : found
        },
      )
      isBroken = true
      expect([await userOf(sessions, cookie), warnings]).toEqual([null, [expect.stringContaining("format")]])
    }
  })

  it("is a new one where a store gives what can't be read, also in the last seconds of its life", async () => {
    const { sessions, cookie, store } = await begin(
      "ada",
      { idle: 20, warn: () => {} },
      async (method, call) => {
        const found = (await call()) as { record: object } | undefined
        return found && method === "read" ? { ...found, record: { ...found.record, payload: "" } } : found
      },
    )
    pass(15)
    const { cookie: next } = await request(sessions, cookie, set("n"))
    expect(next).toMatch(/^__Host-session=/)
    expect(next).not.toBe(cookie)
    expect(await store.listByUser("ada")).toHaveLength(1)
  })

  it("says its own expiry", async () => {
    const { sessions, cookie } = await begin("ada")
    const session = await loaded(sessions, cookie)
    expect(session.expiry).toBe(null)
    session.setExpiry(300)
    await sessions.commit(session)
    expect((await loaded(sessions, cookie)).expiry).toBe(300)
  })
})

describe("a token with a good id", () => {
  it("and a wrong secret is nobody's, at one read each, and leaves nothing behind", async () => {
    const calls: string[] = []
    const { sessions, cookie, id } = await begin("ada", {}, (method, call) => {
      calls.push(method)
      return call()
    })
    calls.length = 0
    for (let n = 0; n < 1000; n++) {
      const guess = `__Host-session=${id}.${`${n}`.padEnd(43, "x")}`
      const { result, cookie: answer } = await request(sessions, guess, look)
      expect([result, answer]).toEqual(["nothing", undefined])
    }
    expect(calls).toEqual(Array(1000).fill("read"))
    expect(await userOf(sessions, cookie)).toBe("ada")
  })

  it.each([
    ["a wrong secret", (token: string) => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`],
    ["a secret cut short", (token: string) => token.slice(0, -1)],
    ["its id in upper case", (token: string) => token.toUpperCase()],
    ["another's secret", (token: string) => `${"0".repeat(32)}${token.slice(32)}`],
    ["no point", (token: string) => token.replace(".", "")],
  ])("and %s is nobody's, and a session that begins with it is a new one", async (_what, change) => {
    const { sessions, cookie, id } = await begin("ada")
    const planted = `__Host-session=${change(cookie.split("=")[1]!)}`
    const { result, cookie: answer } = await request(sessions, planted, (session) => {
      expect([session.userId, session.isNew, session.data]).toEqual([null, true, {}])
      session.data.mine = 1
    })
    expect(result).toBe("create")
    expect(answer).not.toContain(id)
    expect((await loaded(sessions, cookie)).data).toEqual({ n: 1 })
  })
})

describe("rule 1: the grace of a renewal runs from the first use of the new secret, and is closed by use", () => {
  it("so a lost answer and idle hours sign nobody out", async () => {
    const { sessions, cookie, events } = await begin("ada", RENEWING)
    pass(600)
    const lost = await request(sessions, cookie, look)
    expect(lost.cookie).toBeDefined()
    for (const hours of [1, 5, 100]) {
      pass(hours * 3600)
      const again = await request(sessions, cookie, look)
      expect(again.cookie, "the newest token, once more").toBe(lost.cookie)
    }
    expect(await userOf(sessions, lost.cookie)).toBe("ada")
    expect(events).toEqual([])
  })

  it("and once the new one has been in use for the grace, the old one opens nothing, which is told", async () => {
    const { sessions, cookie, id, events } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    await request(sessions, next, look)
    pass(59)
    await request(sessions, next, look)
    expect(await userOf(sessions, cookie)).toBe("ada")
    pass(1)
    await request(sessions, next, look)
    expect(await userOf(sessions, cookie)).toBe(null)
    expect(events).toEqual([{ type: "reused", sessionId: id, userId: "ada" }])
    expect(await userOf(sessions, next)).toBe("ada")
  })

  it("also where somebody goes on with the old one meanwhile, who does not keep it open by that", async () => {
    const { sessions, cookie } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    await request(sessions, next, look)
    for (let n = 0; n < 6; n++) {
      pass(10)
      await request(sessions, cookie, set("stolen", n))
    }
    await request(sessions, next, look)
    expect([await userOf(sessions, cookie), await userOf(sessions, next)]).toEqual([null, "ada"])
  })

  it("which takes two small writes a renewal, and none otherwise", async () => {
    const calls: string[] = []
    const { sessions, cookie } = await begin("ada", { ...RENEWING, idle: 80_000 }, (method, call) => {
      calls.push(method)
      return call()
    })
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    calls.length = 0
    for (let n = 0; n < 20; n++) {
      pass(10)
      await request(sessions, next, look)
    }
    expect(calls.filter((call) => call === "replace")).toHaveLength(2)
    expect(calls.filter((call) => call === "read")).toHaveLength(20)
    expect(calls).toHaveLength(22)
  })

  it('and ends the session, with onReuse: "end", for whoever has it', async () => {
    const { sessions, cookie, events } = await begin("ada", { ...RENEWING, onReuse: "end" })
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    await request(sessions, next, look)
    pass(61)
    await request(sessions, next, look)
    expect(await userOf(sessions, next)).toBe("ada")
    expect(await userOf(sessions, cookie)).toBe(null)
    expect([await userOf(sessions, next), await sessions.list("ada")]).toEqual([null, []])
    expect(events.map(({ type }) => type)).toEqual(["reused"])
  })
})

describe("a request that writes more than once", () => {
  it("does not count as the browser's first use of a secret that it made itself", async () => {
    const { sessions, cookie, events } = await begin("ada", RENEWING)
    pass(600)
    const stream = await loaded(sessions, cookie)
    await sessions.commit(stream)
    const tick = (): Promise<unknown> => stream.update((data) => Object.assign(data, { n: Date.now() }))
    for (const wait of [0, 1, 61, 600, 61]) {
      pass(wait)
      await tick()
    }
    expect([await userOf(sessions, cookie), events]).toEqual(["ada", []])
  })

  it("and neither does one that was given the newest token, so that lost answers sign nobody out", async () => {
    const { sessions, cookie, events } = await begin("ada", RENEWING)
    pass(600)
    for (let lost = 0; lost < 4; lost++) {
      await request(sessions, cookie, async (session) => {
        await session.update((data) => Object.assign(data, { first: lost }))
        await session.update((data) => Object.assign(data, { second: lost }))
      })
      pass(61)
    }
    const { cookie: next } = await request(sessions, cookie, look)
    expect([await userOf(sessions, next), events]).toEqual(["ada", []])
  })

  it("and fails at last still gives the browser the token that it made", async () => {
    const { sessions, cookie, id } = await begin("ada")
    const session = await loaded(sessions, cookie)
    session.rotate()
    await session.save()
    session.data.big = 10n
    expect((await commit(sessions, session))[0]).toBe("ERR_SESSION_DATA")
    const { headers } = await sessions.commit(session, { status: 500 })
    expect((await loaded(sessions, cookieIn(headers)!)).id).toBe(id)
    expect(headers).toContainEqual(["cache-control", "no-store"])
  })

  it("sends its token also where the store takes no writes any more, since it is confirmed by a read", async () => {
    let isFull = false
    const { sessions, cookie } = await begin("ada", {}, (method, call) =>
      isFull && method !== "read" ? Promise.reject(new Error("read-only")) : call(),
    )
    const session = await loaded(sessions, cookie)
    session.rotate()
    await session.save()
    isFull = true
    const [, next] = await commit(sessions, session)
    expect(await userOf(sessions, next)).toBe("ada")
  })

  it("even where it can't look once more whether the token still opens the session", async () => {
    let isDown = false
    const { sessions, cookie, id } = await begin("ada", {}, (_method, call) =>
      isDown ? Promise.reject(new Error("down")) : call(),
    )
    const session = await loaded(sessions, cookie)
    session.rotate()
    await session.save()
    isDown = true
    expect((await commit(sessions, session))[0]).toBe("ERR_SESSION_STORE")
    const { headers } = await sessions.commit(session, { status: 500 })
    isDown = false
    expect((await loaded(sessions, cookieIn(headers)!)).id).toBe(id)
  })

  it("has nothing to add for an error's answer where no token was made", async () => {
    const { sessions, cookie } = await begin("ada")
    const session = await loaded(sessions, cookie)
    session.data.big = 10n
    expect((await commit(sessions, session))[0]).toBe("ERR_SESSION_DATA")
    expect(await sessions.commit(session, { status: 500 })).toEqual({ result: "nothing", headers: [] })
  })
})

describe("where a store has written and its answer is lost, the request fails and its answer keeps the session:", () => {
  it.each(["rotate", "login", "write", "begin"] as const)("%s", async (kind) => {
    let isLost = false
    const { sessions, cookie, store } = await begin("ada", {}, async (method, call) => {
      const answer = await call()
      if (isLost && (method === "replace" || method === "create")) throw new Error("connection lost")
      return answer
    })
    isLost = true
    const session = kind === "begin" ? sessions.open({}) : await loaded(sessions, cookie)
    if (kind === "rotate") session.rotate()
    else if (kind === "login") session.login("ada")
    else session.data.a = 1
    expect((await commit(sessions, session))[0]).toBe("ERR_SESSION_STORE")
    const next = cookieIn((await sessions.commit(session, { status: 503 })).headers)
    isLost = false
    const after = await loaded(createSessions<Data>({ store }), next ?? cookie)
    expect(after.userId).toBe(kind === "begin" ? null : "ada")
    expect(after.data).toEqual(kind === "begin" ? { a: 1 } : kind === "write" ? { n: 1, a: 1 } : { n: 1 })
  })
})

it("so does the answer of a rotation where another request has written over it by then, and what it writes next loses nothing", async () => {
  let others: (() => Promise<unknown>) | undefined
  const { sessions, cookie, store } = await begin("ada", {}, async (method, call) => {
    const answer = await call()
    const write = method === "replace" ? others : undefined
    if (!write) return answer
    others = undefined
    await write()
    throw new Error("connection lost")
  })
  const other = createSessions<Data>({ store })
  const [session, early] = [await loaded(sessions, cookie), await loaded(other, cookie)]
  session.rotate()
  set("theirs")(early)
  others = () => commit(other, early)
  await expect(session.save()).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
  set("mine")(session)
  const [result, next] = await commit(sessions, session)
  expect(result).toBe("replace")
  const after = await loaded(other, next!)
  expect([after.userId, after.data]).toEqual(["ada", { n: 1, theirs: true, mine: true }])
})

it("an update whose write fails is none, also where another process wrote the very same", async () => {
  let fails = false
  const { sessions, cookie, store } = await begin("ada", {}, async (method, call) => {
    if (!fails || method !== "replace") return call()
    fails = false
    await request(createSessions<Data>({ store }), cookie, ({ data }) => Object.assign(data, { n: 2 }))
    throw new Error("connection lost")
  })
  const session = await loaded(sessions, cookie)
  fails = true
  await expect(
    session.update((data) => Object.assign(data, { n: Number(data.n) + 1 })),
  ).rejects.toMatchObject({
    code: "ERR_SESSION_STORE",
  })
})

it("a login whose mark can't be looked at signs nobody in", async () => {
  let fails = false
  const { sessions, store } = await begin(null, {}, async (method, call) => {
    if (fails && method === "read") throw new Error("connection lost")
    return call()
  })
  const session = sessions.open({})
  session.login("bob", { mark: await sessions.mark("bob") })
  fails = true // from here on nothing can be read
  expect((await commit(sessions, session))[0]).toBe("ERR_SESSION_STORE")
  expect(await createSessions<Data>({ store }).list("bob")).toEqual([])
})

describe("a touch", () => {
  /** Sessions whose next touch waits. */
  async function slowly(options: Partial<SessionOptions<Data>>) {
    const gate: { wait?: Promise<void> } = {}
    const begun = await begin("ada", options, async (method, call) => {
      if (method === "touch") await gate.wait
      return call()
    })
    return { ...begun, gate }
  }

  it("leaves alone a deadline that somebody else has shortened by then", async () => {
    const { sessions, cookie, gate } = await slowly({})
    pass(2 * 86_400)
    const [reader, writer] = [await loaded(sessions, cookie), await loaded(sessions, cookie)]
    look(reader)
    const { opened, open } = latch()
    gate.wait = opened
    const touched = commit(sessions, reader)
    writer.setExpiry(60)
    await commit(sessions, writer)
    open()
    expect((await touched)[0]).toBe("touch")
    pass(61)
    expect(await userOf(sessions, cookie)).toBe(null)
  })

  it("and one that a login has moved to a new absolute limit", async () => {
    const { sessions, cookie, gate } = await slowly({ idle: 10 * 86_400, absolute: 12 * 86_400 })
    pass(9 * 86_400)
    const [reader, again] = [await loaded(sessions, cookie), await loaded(sessions, cookie)]
    look(reader)
    const { opened, open } = latch()
    gate.wait = opened
    const touched = commit(sessions, reader)
    again.login("ada")
    const [, next] = await commit(sessions, again)
    open()
    await touched
    pass(5 * 86_400)
    expect(await userOf(sessions, next)).toBe("ada")
  })

  it("writes whole milliseconds, whatever the seconds are", async () => {
    const instants: number[] = []
    const { sessions, cookie } = await begin("ada", { idle: 86_400 / 7 }, async (_method, call, args) => {
      const record = args[0] as { expiresAt?: number }
      instants.push((record.expiresAt ?? args[1] ?? 0) as number)
      return call()
    })
    pass(3000)
    await request(sessions, cookie, look)
    await request(sessions, cookie, (session) => session.setExpiry(100 / 3))
    expect(instants.filter((instant) => typeof instant === "number" && !Number.isInteger(instant))).toEqual(
      [],
    )
  })
})

describe("the forward of a renewal", () => {
  it("leads to the new token for whoever has the superseded one, and for nobody else", async () => {
    const { sessions, cookie, id, store } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    const { record } = (await store.read(id))!
    const { forward } = decodePayload(record.payload)!.credentials.previous!
    const tokenIn = (header: string): string => header.slice(header.indexOf("=") + 1)
    expect(forwardSeal(tokenIn(cookie)).open(forward!)?.text).toBe(tokenIn(next!))
    for (const other of [tokenIn(next!), issueToken(id).token, id, "0".repeat(76)])
      expect(forwardSeal(other).open(forward!)).toBe(undefined)
  })
})

describe("an alarm that ends the session", () => {
  it("leaves alone what was signed in to anew since", async () => {
    const gate: { wait?: Promise<void> } = {}
    const { sessions, cookie, id, store } = await begin(
      "ada",
      { ...RENEWING, onReuse: "end" },
      async (method, call, [subject]) => {
        const isMine = method === "replace" && (subject as { payload: string }).payload === "ended"
        if (isMine) await gate.wait
        return call()
      },
    )
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    for (const wait of [1, 61]) {
      pass(wait)
      await request(sessions, next, look)
    }
    const { opened, open } = latch()
    gate.wait = opened
    const reuse = loaded(sessions, cookie)
    await new Promise((resolve) => setImmediate(resolve))
    const again = createSessions<Data>({ store })
    const { cookie: newest } = await request(again, next, (session) => session.login("ada"))
    open()
    await reuse
    expect((await loaded(again, newest!)).id).toBe(id)
  })
})

describe("rule 2: a secret is renewed only where it is current, the one before is closed and somebody is signed in", () => {
  it("so tabs that come together end with the same token", async () => {
    const { sessions, cookie } = await begin("ada", RENEWING)
    pass(600)
    const tabs = await Promise.all(Array.from({ length: 8 }, () => request(sessions, cookie, look)))
    expect(new Set(tabs.map((tab) => tab.cookie)).size).toBe(1)
  })

  it("and not again while the answer may be under way, however due it is", async () => {
    const { sessions, cookie } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    pass(6000)
    for (const sent of [cookie, next, cookie, next]) {
      const { cookie: answer } = await request(sessions, sent, look)
      expect(answer ?? next).toBe(next)
    }
  })

  it("and not while a session that a login left waits for its end", async () => {
    const { sessions, cookie } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: renewed } = await request(sessions, cookie, look)
    const { cookie: next } = await request(sessions, renewed, (session) => session.login("ada"))
    await request(sessions, next, look)
    pass(600)
    expect((await request(sessions, next, look)).cookie).toBe(undefined)
    expect(await userOf(sessions, renewed)).toBe(null)
    expect((await request(sessions, next, look)).cookie).toBeDefined()
  })

  it("and an anonymous session keeps its own until the login", async () => {
    const { sessions, cookie } = await begin(null, RENEWING)
    pass(6000)
    expect((await request(sessions, cookie, look)).cookie).toBe(undefined)
    expect((await request(sessions, cookie, set("a"))).cookie).toBe(undefined)
  })

  it("and never before it is due, nor without the option", async () => {
    const { sessions, cookie, store } = await begin("ada", RENEWING)
    pass(599)
    expect((await request(sessions, cookie, set("a"))).cookie).toBe(undefined)
    const plain = createSessions<Data>({ store })
    pass(60_000)
    expect((await request(plain, cookie, set("b"))).cookie).toBe(undefined)
  })
})

describe("rule 3: a commit compares generations, not secrets", () => {
  it("so what was loaded before renewals and rotations is merged after any number of them", async () => {
    const { sessions, cookie } = await begin("ada", RENEWING)
    const slow = await loaded(sessions, cookie)
    let newest = cookie
    for (let n = 0; n < 20; n++) {
      pass(700)
      const { cookie: next } = await request(sessions, newest, n % 2 ? look : (session) => session.rotate())
      newest = next ?? newest
      await request(sessions, newest, look)
    }
    slow.data.late = true
    expect(await commit(sessions, slow)).toEqual(["replace", undefined])
    expect((await loaded(sessions, newest)).data).toEqual({ n: 1, late: true })
  })

  it("and what was loaded before a login is not written into what came after", async () => {
    for (const user of [null, "ada"]) {
      const { sessions, cookie } = await begin(user)
      const slow = await loaded(sessions, cookie)
      const { cookie: signedIn } = await request(sessions, cookie, (session) => session.login("ada"))
      slow.data.late = true
      expect(await commit(sessions, slow)).toEqual(["ERR_SESSION_ENDED", undefined])
      expect((await loaded(sessions, signedIn!)).data).toEqual({ n: 1 })
    }
  })
})

describe("rule 4: Set-Cookie is decided at the commit, from the source", () => {
  it("so a request that was loaded before a rotation sends no token from before it", async () => {
    const { sessions, cookie } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    const late = await loaded(sessions, cookie)
    void late.userId
    await request(sessions, next, (session) => session.rotate())
    expect(await commit(sessions, late)).toEqual(["touch", undefined])
  })

  it("also one that made its token itself, with update()", async () => {
    const { sessions, cookie } = await begin("ada", RENEWING)
    pass(600)
    const [early, other] = [await loaded(sessions, cookie), await loaded(sessions, cookie)]
    await early.update((data) => Object.assign(data, { a: 1 }))
    other.rotate()
    const [, rotated] = await commit(sessions, other)
    expect(await commit(sessions, early)).toEqual(["touch", undefined])
    expect(await userOf(sessions, rotated)).toBe("ada")
  })

  it("also one that made its token itself, with save(), and also where its page fails", async () => {
    for (const status of [200, 500]) {
      const { sessions, cookie } = await begin(null)
      const [early, other] = [await loaded(sessions, cookie), await loaded(sessions, cookie)]
      early.rotate()
      await early.save()
      other.login("ada")
      const [, signedIn] = await commit(sessions, other)
      const { headers } = await sessions.commit(early, { status })
      expect([cookieIn(headers), await userOf(sessions, signedIn)]).toEqual([undefined, "ada"])
    }
  })
})

describe("rule 5: a rotate() whose secret is cut by then makes no secret and sends no cookie", () => {
  it("and what it wrote besides is kept", async () => {
    const { sessions, cookie } = await begin("ada")
    const [one, other] = [await loaded(sessions, cookie), await loaded(sessions, cookie)]
    for (const session of [one, other]) session.rotate()
    other.data.other = true
    const [, next] = await commit(sessions, one)
    expect(await commit(sessions, other)).toEqual(["rotate", undefined])
    expect((await loaded(sessions, next!)).data).toEqual({ n: 1, other: true })
  })
})

describe("rule 6: a login", () => {
  it("goes into the session of an anonymous visitor, also after a rotation beside it", async () => {
    const { sessions, cookie, id } = await begin(null)
    const late = await loaded(sessions, cookie)
    await request(sessions, cookie, (session) => session.rotate())
    late.login("ada")
    const [result, next] = await commit(sessions, late)
    const after = await loaded(sessions, next!)
    expect([result, after.id, after.userId, after.data]).toEqual(["login", id, "ada", { n: 1 }])
  })

  it("takes along what it loaded where somebody signed in before it, and both are signed in", async () => {
    const { sessions, cookie, id } = await begin(null)
    const [one, other] = [await loaded(sessions, cookie), await loaded(sessions, cookie)]
    one.login("ada")
    other.login("ada")
    const [, first] = await commit(sessions, one)
    other.data.mine = 1
    const [, second] = await commit(sessions, other)
    expect((await loaded(sessions, first!)).id).toBe(id)
    const apart = await loaded(sessions, second!)
    expect([apart.userId, apart.data, apart.id === id]).toEqual(["ada", { n: 1, mine: 1 }, false])
  })

  it("of the same user, while a renewal's answers are under way, is a session of its own, and the other stays", async () => {
    const { sessions, cookie, id } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    for (const sent of [cookie, next]) {
      const { cookie: signedIn } = await request(sessions, sent, (session) => session.login("ada"))
      const apart = await loaded(sessions, signedIn!)
      expect([apart.userId, apart.data, apart.id === id]).toEqual(["ada", { n: 1 }, false])
    }
    expect(await userOf(sessions, next)).toBe("ada")
  })

  it("which ends once the new one has been in use for the grace, and with it", async () => {
    for (const way of ["used", "signed out"]) {
      const { sessions, cookie, id } = await begin("ada", RENEWING)
      pass(600)
      const { cookie: renewed } = await request(sessions, cookie, look)
      const { cookie: next } = await request(sessions, renewed, (session) => session.login("ada"))
      expect((await loaded(sessions, next!)).id).not.toBe(id)
      if (way === "signed out") await request(sessions, next, (session) => session.logout())
      else
        for (const wait of [1, 59, 1]) {
          pass(wait)
          expect(await userOf(sessions, renewed), `${wait} seconds later`).toBe("ada")
          await request(sessions, next, look)
        }
      expect([await userOf(sessions, cookie), await userOf(sessions, renewed)]).toEqual([null, null])
      expect(await userOf(sessions, next)).toBe(way === "used" ? "ada" : null)
      expect(await sessions.list("ada")).toHaveLength(way === "used" ? 1 : 0)
    }
  })

  it("and is not forgotten where its end fails", async () => {
    let left = ""
    const { sessions, cookie, id } = await begin(
      "ada",
      { ...RENEWING, warn: () => {} },
      (method, call, [subject]) => {
        const about = typeof subject === "string" ? subject : (subject as { id: string }).id
        return about === left && method !== "read" ? Promise.reject(new Error("down")) : call()
      },
    )
    pass(600)
    const { cookie: renewed } = await request(sessions, cookie, look)
    const { cookie: next } = await request(sessions, renewed, (session) => session.login("ada"))
    await request(sessions, next, look)
    pass(60)
    left = id
    await request(sessions, next, look)
    left = ""
    expect(await userOf(sessions, renewed)).toBe("ada")
    await request(sessions, next, (session) => session.logout())
    expect(await userOf(sessions, renewed)).toBe(null)
  })

  it("but not while the browser goes on with it, nor when somebody has signed in to it since", async () => {
    const { sessions, cookie, id } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: renewed } = await request(sessions, cookie, look)
    const { cookie: next } = await request(sessions, renewed, (session) => session.login("ada"))
    await request(sessions, next, look)
    // A late answer of the renewal has replaced the login's.
    for (const wait of [10, 60, 500]) {
      pass(wait)
      expect(await userOf(sessions, renewed)).toBe("ada")
      await request(sessions, renewed, look)
    }
    const { cookie: again } = await request(sessions, renewed, (session) => session.login("ada"))
    expect((await loaded(sessions, again!)).id, "the same session").toBe(id)
    await request(sessions, next, look)
    expect([await userOf(sessions, again), await userOf(sessions, next)]).toEqual(["ada", "ada"])
  })

  it("that begins a session of its own begins it now", async () => {
    const { sessions, cookie } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: renewed } = await request(sessions, cookie, look)
    pass(5)
    const { cookie: next } = await request(sessions, renewed, (session) => session.login("ada"))
    expect((await loaded(sessions, next!)).createdAt).toEqual(new Date())
    expect((await loaded(sessions, renewed!)).createdAt).not.toEqual(new Date())
  })

  it("stays one whatever else the request asks for, and an end stays an end", async () => {
    for (const [first, second, result] of [
      ["login", "rotate", "login"],
      ["rotate", "login", "login"],
      ["logout", "rotate", "delete"],
      ["rotate", "logout", "delete"],
      ["logout", "login", "restart"],
    ] as const) {
      const { sessions, cookie } = await begin("ada")
      const session = await loaded(sessions, cookie)
      const ask = {
        login: () => session.login("ada"),
        rotate: () => session.rotate(),
        logout: () => session.logout(),
      }
      ask[first]()
      ask[second]()
      expect([first, second, (await commit(sessions, session))[0]]).toEqual([first, second, result])
    }
  })

  it("takes nothing along of a session that has ended, but what it set itself", async () => {
    for (const userId of [null, "ada"]) {
      const { sessions, cookie, id } = await begin(userId)
      const late = await loaded(sessions, cookie)
      await sessions.revoke(id)
      late.login("ada")
      late.data.mine = 1
      const [result, next] = await commit(sessions, late)
      const after = await loaded(sessions, next!)
      expect([result, after.userId, after.data]).toEqual(["login", "ada", { mine: 1 }])
    }
  })

  it("takes nothing along of a session that has ended while it waited behind another login", async () => {
    const away: { revoke?: () => Promise<unknown> } = {}
    const { sessions, cookie, id, store } = await begin(null, {}, async (method, call, [record]) => {
      const answer = await call()
      if (method === "replace" && (record as { userId: string | null }).userId === "ada")
        await away.revoke?.()
      return answer
    })
    // A process of its own, so that its revocation does not wait behind the logins.
    away.revoke = () => createSessions<Data>({ store } as SessionOptions<Data>).revoke(id)
    const [one, other] = [await loaded(sessions, cookie), await loaded(sessions, cookie)]
    one.login("ada")
    other.login("bob")
    const [, [result, next]] = await Promise.all([commit(sessions, one), commit(sessions, other)])
    const after = await loaded(sessions, next!)
    expect([result, after.userId, after.data]).toEqual(["login", "bob", {}])
  })

  it("ends an anonymous session that it can't take over any more, and takes none of its data", async () => {
    const { sessions, cookie, id } = await begin(null)
    await request(sessions, cookie, (session) => session.rotate())
    const { cookie: signedIn } = await request(sessions, cookie, (session) => session.login("ada"))
    expect((await loaded(sessions, signedIn!)).data).toEqual({})
    expect(await sessions.find(id)).toBe(undefined)
  })

  it("of another user ends the session first, unless somebody has signed in to it since", async () => {
    const calls: string[] = []
    const { sessions, cookie, id } = await begin("ada", {}, (method, call, args) => {
      calls.push(`${method} ${(args[0] as { userId?: string }).userId ?? ""}`.trim())
      return call()
    })
    const late = await loaded(sessions, cookie)
    calls.length = 0
    const { cookie: bob } = await request(sessions, cookie, (session) => session.login("bob"))
    expect(calls).toEqual(["read", "read", "replace", "create bob", "read"])
    expect([await userOf(sessions, bob), await sessions.find(id)]).toEqual(["bob", undefined])
    expect((await loaded(sessions, bob!)).data).toEqual({})

    const again = await begin("ada")
    const other = await loaded(again.sessions, again.cookie)
    const { cookie: anew } = await request(again.sessions, again.cookie, (session) => session.login("ada"))
    other.login("bob")
    expect((await commit(again.sessions, other))[0]).toBe("login")
    expect(await userOf(again.sessions, anew)).toBe("ada")
    void late
  })

  it("that fails leaves everything as it was", async () => {
    const { sessions, cookie } = await begin("ada")
    const { result, cookie: answer } = await request(sessions, cookie, (session) => session.login("bob"), 500)
    expect([result, answer, await userOf(sessions, cookie)]).toEqual(["nothing", undefined, "ada"])
  })
})

describe("rule 7: an end leaves a tombstone for the window", () => {
  it.each([
    ["logout", ({ sessions, cookie }) => request(sessions, cookie, (session) => session.logout())],
    ["revoke", ({ sessions, id }) => sessions.revoke(id)],
    ["revokeUser", ({ sessions }) => sessions.revokeUser("ada")],
  ] as [
    string,
    (begun: Awaited<ReturnType<typeof begin>>) => Promise<unknown>,
  ][])("%s: whoever comes late begins nothing and gets no cookie; then the visitor is one like any other", async (_how, end) => {
    const begun = await begin("ada")
    const { sessions, cookie } = begun
    await end(begun)
    expect(await sessions.list("ada")).toEqual([])
    expect((await request(sessions, cookie, look)).cookie).toBe(undefined)
    await expect(request(sessions, cookie, set("a"))).rejects.toMatchObject(ENDED)
    const late = await loaded(sessions, cookie)
    await expect(late.update((data) => Object.assign(data, { a: 1 }))).rejects.toMatchObject(ENDED)
    expect((await request(sessions, cookie, (session) => session.logout())).cookie).toBe(CLEARED)
    const signedIn = await request(sessions, cookie, (session) => session.login("ada"))
    expect([signedIn.result, await userOf(sessions, signedIn.cookie)]).toEqual(["login", "ada"])
    pass(10)
    expect((await request(sessions, cookie, set("a"))).result).toBe("create")
  })

  it("which is over then also where the store is late to forget it", async () => {
    const read = new Map<unknown, unknown>()
    const { sessions, cookie } = await begin("ada", {}, async (method, call, [id]) => {
      const found = await call()
      if (method !== "read") return found
      if (found) read.set(id, found)
      return read.get(id)
    })
    await request(sessions, cookie, (session) => session.logout())
    await expect(request(sessions, cookie, set("a"))).rejects.toMatchObject(ENDED)
    pass(10)
    expect((await request(sessions, cookie, set("a"))).result).toBe("create")
  })

  it("also of a session that is over by the settings of whoever ends it, or unreadable", async () => {
    const { sessions, cookie, id, store } = await begin("ada", { absolute: 365 * 86_400, idle: 100 * 86_400 })
    const admin = createSessions<Data>({ store, absolute: 86_400, warn: () => {} })
    pass(40 * 86_400)
    expect(await admin.find(id)).toBe(undefined)
    expect(await userOf(sessions, cookie)).toBe("ada")
    expect([await admin.revoke(id), await admin.revoke(id)]).toEqual([true, false])
    expect(await userOf(sessions, cookie)).toBe(null)

    const other = await begin("ada")
    const found = (await other.store.read(other.id))!
    await other.store.replace({ ...found.record, payload: "[2]\n{}" }, found.version)
    expect(await other.sessions.revokeUser("ada")).toBe(1)
  })

  it("and of two ends only one has ended the session", async () => {
    const away: { revoke?: (() => Promise<unknown>) | undefined } = {}
    const { sessions, id, store } = await begin("ada", {}, async (method, call) => {
      if (method !== "replace") return call()
      const { revoke } = away
      away.revoke = undefined
      await revoke?.()
      return call()
    })
    away.revoke = () => createSessions<Data>({ store } as SessionOptions<Data>).revoke(id)
    expect(await sessions.revoke(id)).toBe(false)
  })

  it("and where the store has no room for one, it is forgotten", async () => {
    let isFull = false
    const { sessions, cookie, store, id } = await begin("ada", {}, (method, call) =>
      isFull && (method === "replace" || method === "create") ? Promise.reject(new Error("OOM")) : call(),
    )
    isFull = true
    const { result, cookie: answer } = await request(sessions, cookie, (session) => session.logout())
    expect([result, answer]).toEqual(["delete", CLEARED])
    expect([await store.read(id), await userOf(sessions, cookie)]).toEqual([undefined, null])
  })

  it("also behind a writer that was refused", async () => {
    let isFull = false
    const { sessions, cookie, store, id } = await begin("ada", {}, async (method, call) => {
      if (!isFull || method !== "replace") return call()
      await new Promise((resolve) => setImmediate(resolve))
      throw new Error("OOM")
    })
    isFull = true
    const [writer, quitter] = [await loaded(sessions, cookie), await loaded(sessions, cookie)]
    writer.data.a = 1
    quitter.logout()
    const [written, gone] = await Promise.all([commit(sessions, writer), commit(sessions, quitter)])
    expect([written[0], gone]).toEqual(["ERR_SESSION_STORE", ["delete", CLEARED]])
    expect(await store.read(id)).toBe(undefined)
  })
})

describe("rule 8: told, not lost", () => {
  it('with onEnded: "drop" the commit answers as usual, and save() and update() reject all the same', async () => {
    const { sessions, cookie, id } = await begin("ada", { onEnded: "drop" })
    const [one, other, third] = [
      await loaded(sessions, cookie),
      await loaded(sessions, cookie),
      await loaded(sessions, cookie),
    ]
    await sessions.revoke(id)
    one.data.a = 1
    expect(await sessions.commit(one)).toEqual({ result: "ended", headers: [["vary", "Cookie"]] })
    expect((await request(sessions, cookie, set("late"))).result).toBe("ended")
    other.data.a = 1
    await expect(other.save()).rejects.toMatchObject(ENDED)
    await expect(third.update(() => {})).rejects.toMatchObject(ENDED)
  })

  it("also with that option a login that does not count is told", async () => {
    const { sessions, cookie } = await begin(null, { onEnded: "drop" })
    const session = await loaded(sessions, cookie)
    session.login("ada")
    await sessions.revokeUser("ada")
    expect((await commit(sessions, session))[0]).toBe("ERR_SESSION_ENDED")
  })

  it("what changed nothing is answered as usual", async () => {
    const { sessions, cookie, id } = await begin("ada")
    const [reader, rotator] = [await loaded(sessions, cookie), await loaded(sessions, cookie)]
    await sessions.revoke(id)
    void reader.data
    rotator.rotate()
    expect(await commit(sessions, reader)).toEqual(["nothing", undefined])
    expect(await commit(sessions, rotator)).toEqual(["ended", undefined])
  })
})

describe("several cookies of our name", () => {
  const both = (...cookies: string[]): string => cookies.join("; ")

  it("the one that verifies counts, wherever it stands", async () => {
    const { sessions, cookie, id } = await begin("ada")
    const wrong = `__Host-session=${id}.${"x".repeat(43)}`
    const unknown = `__Host-session=${"0".repeat(32)}.${"x".repeat(43)}`
    for (const sent of [
      both(wrong, cookie),
      both(cookie, unknown),
      both(unknown, wrong, "__Host-session=x", cookie),
    ])
      expect(await userOf(sessions, sent)).toBe("ada")
  })

  it("of one session the newest counts, so that it ends with that one", async () => {
    const { sessions, cookie, events } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    for (const sent of [both(cookie, next!), both(next!, cookie)]) {
      const answer = await request(sessions, sent, look)
      expect(answer.cookie).toBe(undefined)
      expect(await userOf(sessions, sent)).toBe("ada")
    }
    expect(events).toEqual([])
  })

  it("after a login the one from before counts for nothing, as after a change of the cookie's domain", async () => {
    const { sessions, cookie } = await begin(null)
    const { cookie: signedIn } = await request(sessions, cookie, (session) => session.login("ada"))
    expect(await userOf(sessions, both(cookie, signedIn!))).toBe("ada")
  })

  it("a superseded one beside the current raises no alarm", async () => {
    const { sessions, cookie, events } = await begin("ada", { ...RENEWING, onReuse: "end" })
    pass(600)
    const { cookie: next } = await request(sessions, cookie, look)
    for (const wait of [1, 61]) {
      pass(wait)
      await request(sessions, next, look)
    }
    for (const both of [`${next}; ${cookie}`, `${cookie}; ${next}`])
      expect(await userOf(sessions, both)).toBe("ada")
    expect(events).toEqual([])
    expect(await userOf(sessions, cookie)).toBe(null)
    expect(events).toMatchObject([{ type: "reused" }])
  })

  it("two that open different sessions count for nobody, which is told", async () => {
    const { sessions, cookie, id, events } = await begin("ada")
    const { cookie: planted } = await request(sessions, undefined, (session) => session.login("mallory"))
    const other = await loaded(sessions, planted!)
    const sent = both(planted!, cookie)
    const session = await loaded(sessions, sent)
    expect([session.userId, session.isNew, session.data]).toEqual([null, true, {}])
    expect(events).toEqual([{ type: "duplicates", sessionIds: [other.id, id] }])
    expect((await request(sessions, sent, set("a"))).result).toBe("create")
  })

  it("that of a session which a login left counts for nothing beside the one that it began, and a logout ends both", async () => {
    const { sessions, cookie, events } = await begin("ada", RENEWING)
    pass(600)
    const { cookie: renewed } = await request(sessions, cookie, look)
    const sent = both(cookie, renewed!)
    const { cookie: next } = await request(sessions, sent, (session) => session.login("ada"))
    const { id } = await loaded(sessions, next!)
    for (const each of [both(cookie, next!), both(next!, cookie), both(renewed!, next!)])
      expect((await loaded(sessions, each)).id).toBe(id)
    expect(events).toEqual([])
    await request(sessions, both(cookie, next!), (session) => session.logout())
    for (const each of [cookie, renewed, next]) expect(await userOf(sessions, each)).toBe(null)
  })

  it("a logout ends every one that verifies, and a login works", async () => {
    const { sessions, cookie } = await begin("ada")
    const { cookie: planted } = await request(sessions, undefined, (session) => session.login("mallory"))
    const sent = both(planted!, cookie)
    const out = await request(sessions, sent, (session) => session.logout())
    expect(out.cookie).toBe(CLEARED)
    for (const each of [cookie, planted]) expect(await userOf(sessions, each)).toBe(null)

    const again = await begin("ada")
    const { cookie: more } = await request(again.sessions, undefined, (session) => session.login("mallory"))
    const { cookie: signedIn } = await request(again.sessions, both(more!, again.cookie), (session) =>
      session.login("ada"),
    )
    expect(await userOf(again.sessions, both(more!, signedIn!))).toBe("ada")
  })

  it("costs four reads at the most", async () => {
    const calls: string[] = []
    const { sessions } = await begin(null, {}, (method, call) => {
      calls.push(method)
      return call()
    })
    calls.length = 0
    const many = Array.from(
      { length: 50 },
      (_, n) => `__Host-session=${`${n}`.padStart(32, "0")}.${"x".repeat(43)}`,
    )
    await request(sessions, many.join("; "), look)
    expect(calls).toEqual(["read", "read", "read", "read"])
  })
})

describe("clocks that differ by five minutes", () => {
  it.each([
    -300, 300,
  ])("(%i s) bring nobody another's session, and let nobody out who uses the newest cookie", async (skew) => {
    const { sessions, cookie } = await begin(null, RENEWING)
    let newest = cookie
    const works = [
      (s: Session<Data>) => s.login("ada"),
      look,
      set("a"),
      (s: Session<Data>) => s.rotate(),
      look,
      set("b"),
    ]
    for (const [n, work] of [...works, ...works].entries()) {
      pass(n % 2 === 0 ? skew : -skew)
      const { cookie: next } = await request(sessions, newest, work)
      newest = next ?? newest
      expect(await userOf(sessions, newest)).toBe("ada")
      pass(100)
    }
    expect((await loaded(sessions, newest)).data).toEqual({ n: 1, a: true, b: true })
    expect(await userOf(sessions, cookie)).toBe(null)
  })
})

describe("the options", () => {
  it.each<[Partial<SessionOptions<Data>>, string]>([
    [{ renew: 59 }, 'The option "renew" must not be below "grace", 60 seconds; it is 59'],
    [{ renew: 5, grace: 6 }, 'must not be below "grace", 6 seconds'],
    [{ grace: 0 }, 'The option "grace" must be a positive number; it is 0'],
    [{ onReuse: "logout" as "end" }, 'The option "onReuse" must be "refuse" or "end"; it is "logout"'],
    [{ onEnded: true as unknown as "drop" }, 'The option "onEnded" must be "error" or "drop"; it is true'],
    [{ observe: "log" as unknown as () => void }, 'The option "observe" must be a function'],
  ])("%j are refused", (options, message) => {
    expect(() => createSessions({ store: memoryStore(), ...options } as SessionOptions<Data>)).toThrow(
      TypeError,
    )
    expect(() => createSessions({ store: memoryStore(), ...options } as SessionOptions<Data>)).toThrow(
      message,
    )
  })

  it("take an observer that throws, or rejects, for one that looks on", async () => {
    for (const observe of [() => Promise.reject(new Error("no")), () => expect.fail("no")]) {
      const { sessions, cookie } = await begin("ada", { observe })
      const { cookie: planted } = await request(sessions, undefined, (session) => session.login("mallory"))
      expect(await userOf(sessions, `${cookie}; ${planted}`)).toBe(null)
    }
  })
})
