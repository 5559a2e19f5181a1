import assert from "node:assert"
import { createRequire } from "node:module"
import type { AddressInfo } from "node:net"
import { inspect } from "node:util"
import Fastify from "fastify"
import Koa from "koa"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import { checkAdapter, checkPlace, MOUNT_OPTIONS } from "../../src/adapter-kit/options.ts"
import { session as fastifySession } from "../../src/adapters/fastify.ts"
import { session as koaSession } from "../../src/adapters/koa.ts"
import { createSessions, type Session } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

const pgUtils = createRequire(import.meta.url)("pg/lib/utils.js") as { prepareValue(value: unknown): unknown }

// What programs in plain JavaScript do that knew another session library, run in sloppy mode, where the language itself drops
// assignments without a word.
type Any = Session<Record<string, unknown>> & Record<string, never>
const sloppy = (code: string, ...args: unknown[]): unknown => new Function("session", "done", code)(...args)
const sessions = createSessions<Record<string, unknown>>({ store: memoryStore() })
const fresh = () => sessions.open({}).load()
async function stored(): Promise<{ session: Session<Record<string, unknown>>; cookie: string }> {
  const before = await fresh()
  before.data.cart = ["a"]
  before.login("ada")
  const { headers } = await sessions.commit(before)
  const cookie = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
  return { session: await sessions.open({ cookie }).load(), cookie }
}

describe("what other libraries' sessions do is answered with what to write", () => {
  it.each([
    [
      "session.save(done)",
      "session.save() takes no callback: holdfast stores what changed with the response",
    ],
    ["session.save(function () {})", "await session.save()"],
    ["session.destroy(done)", "session.destroy() takes no callback"],
    ["session.logout(done)", "session.logout() takes no callback"],
    ["session.rotate(done)", "session.rotate()"],
    ["session.load(done)", "await session.load()"],
    ["session.login('ada', done)", "session.login(userId)"],
    ["session.update((data) => {}, done)", "session.update() takes no callback"],
    ["session.update({ a: 1 })", "update(change) takes a function"],
    ["session.login(7)", "login(String(userId))"],
    ["session.regenerate(done)", "session.login(userId); for a new secret, session.rotate()"],
    ["session.reload(done)", "await session.load()"],
    ["session.touch()", "each use moves the deadline"],
    ["session.resetMaxAge()", "each use moves the deadline"],
    ["session.cookie.maxAge = 5", "session.setExpiry(seconds)"],
    ["session.maxAge = 5", "session.setExpiry(seconds)"],
    ["session.get('a')", "session.data.name"],
    ["session.set('a', 1)", "session.data.name = value"],
    ["session.flash = []", "session.data.flash"],
    [
      "session.cart = []",
      "session.cart is not for writing: what a session holds is in its data; write session.data.cart",
    ],
    ["session.user = { id: 1 }", "session.userId"],
    ["session.user", "session.data.user"],
    ["session.passport", "passport"],
    ["session.sessionID", "session.id"],
    ["session.views++", "session.data.views"],
    ["session.views = (session.views || 0) + 1", "session.data.views"],
    ["session['a-b'] = 1", 'session.data["a-b"]'],
    ["session.ünïcode = 1", "session.data.ünïcode"],
    ["session[0] = 1", 'session.data["0"]'],
    ["session._csrf = 1", "session.data._csrf"],
    ["Object.assign(session, { cart: [] })", "session.data.cart"],
    ["session.data = {}", "session.data is not for writing: change its keys"],
    ["session.userId = 'ada'", "session.login(userId)"],
    ["session.id = 'x'", "a session keeps its id"],
    ["session.expiry = 5", "session.setExpiry(seconds)"],
    ["session.isNew = true", "session.isNew is not for writing"],
    ["session.signedInAt = new Date()", "session.login(userId)"],
    ["session.login = true", "session.login is not for writing"],
    ["session.update = Date.now()", "session.data.update"],
    ["session.save = function (done) { done() }", "session.save is not for writing"],
    ["if (!session.regenerate) session.regenerate = function (done) { done() }", "session.regenerate"],
    ["session.toJSON = 1", "session.data.toJSON"],
    ["session.constructor = 1", "write session.data.constructor"],
    ["session.toString = () => ''", "write session.data.toString"],
    ["session.__proto__ = {}", "session.__proto__"],
  ])("%s", async (code, sentence) => {
    for (const session of [await fresh(), (await stored()).session]) {
      const run = () => sloppy(code, session, () => {})
      expect(run).toThrow(TypeError)
      expect(run).toThrow(sentence)
    }
  })

  it("and nothing else is: what looks at any object finds it as it was", async () => {
    const session = (await fresh()) as Any
    expect(await Promise.resolve(session)).toBe(session)
    for (const name of [
      "then",
      "nodeType",
      "length",
      "asymmetricMatch",
      "$$typeof",
      "@@iterator",
      "_private",
      "0",
    ])
      expect(session[name]).toBeUndefined()
    expect(session[Symbol.iterator as never]).toBeUndefined()
    expect("cart" in session).toBe(false)
    expect(Object.keys(session)).toEqual([])
    expect(`${session}`).toBe("[object Object]")
    expect(Object.hasOwn(session, "cart")).toBe(false)
    expect(session).toEqual(session)
    const tag = Symbol("another library's")
    session[tag as never] = 1 as never
    expect(session[tag as never]).toBe(1)
  })

  it("whatever a name is called: what nobody's sessions have is undefined, and is not for writing", async () => {
    const session = (await fresh()) as Any
    for (const name of ["cart", "pipe", "getReader", "toISOString", "message", "a\u0000b", "x".repeat(1e5)]) {
      expect(session[name]).toBeUndefined()
      expect(() => sloppy("session[done] = 1", session, name)).toThrow("is not for writing")
    }
  })

  it("libraries that find out what an object is take it for a plain one", async () => {
    const app = Fastify()
    const koa = new Koa()
    await app.register(fastifySession(sessions))
    app.get("/", (request, reply) => {
      request.session.data.n = 1
      reply.send(request.session)
    })
    koa.use(koaSession(sessions))
    koa.use((context) => {
      sessions.of(context).data.n = 1
      context.body = sessions.of(context)
    })
    const shown = { isNew: true, userId: null, data: { n: 1 } }
    expect((await app.inject("/")).json()).toEqual(shown)
    const server = koa.listen(0)
    const { port } = server.address() as AddressInfo
    const answer = await (await fetch(`http://localhost:${port}`)).json()
    expect(answer).toEqual(shown)
    server.close()

    const session = (await fresh()) as Any
    assert.deepEqual(session, session)
    assert.notDeepStrictEqual(session, { data: {} })
    expect(() => assert.partialDeepStrictEqual({ session }, { session: {} })).not.toThrow(TypeError)
    expect(session).toMatchObject({ userId: null, data: {} })
    expect(() => Array.from(session as unknown as ArrayLike<unknown>)).not.toThrow()
    expect(pgUtils.prepareValue(session)).toBe(JSON.stringify(session))
  })

  it("methods still take what they take", async () => {
    const { session } = await stored()
    session.login("ada", { mark: await sessions.mark("ada") })
    expect(await session.update((data) => (data.n = 5))).toBe(5)
    expect(session.getExpiryAge({ expiry: 60 })).toBe(60)
    await session.save()
    session.destroy()
  })
})

describe("a session that is shown", () => {
  it("says who it is, and no secret", async () => {
    const { session, cookie } = await stored()
    const [id, secret] = cookie.split("=")[1]!.split(".") as [string, string]
    const shown = { isNew: false, userId: "ada", data: { cart: ["a"] } }
    expect(JSON.parse(JSON.stringify(session))).toEqual(shown)
    for (const text of [inspect(session), JSON.stringify({ session }), inspect({ a: { b: { session } } })]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(id)
    }
    expect(inspect(session)).toBe("Session { isNew: false, userId: 'ada', data: { cart: [ 'a' ] } }")
    session.data.cart = "changed"
    expect(inspect(session)).toContain("changed")
    expect(inspect([[[session]]])).toContain("[Session]")
  })

  it("is not used by it", async () => {
    const { cookie } = await stored()
    const session = await sessions.open({ cookie }).load()
    inspect(session)
    JSON.stringify(session)
    expect(sessions.commit(session)).toEqual({ result: "nothing", headers: [] })
  })

  it("is shown before it is loaded, when it is new, and when its schema refuses it", async () => {
    const { cookie } = await stored()
    expect(inspect(sessions.open({ cookie }))).toBe("Session { isLoaded: false }")
    expect(inspect(await fresh())).toBe("Session { isNew: true, userId: null, data: {} }")
    const store = memoryStore()
    const before = await createSessions({ store }).open({}).load()
    before.data.n = "x"
    const { headers } = await createSessions({ store }).commit(before)
    const warnings: string[] = []
    const schema = z.object({ n: z.number().default(1) })
    const strict = createSessions({ store, schema, warn: (text) => warnings.push(text) })
    const refused = await strict.open({ cookie: headers[1]![1].split(";")[0]! }).load()
    expect(inspect(refused)).toBe("Session { isNew: true, userId: null, data: { n: 1 } }")
    expect(warnings).toEqual([])
  })

  it("and sessions show no secrets and no passwords", () => {
    const seal = "kM5uQe0c1yYv7dZr3wXb9tFhJ2sLpA4g-S3CRET"
    for (const all of [createSessions({ seal: [seal] }), sessions])
      expect(inspect(all, { depth: 9, showHidden: true }) + JSON.stringify(all)).not.toContain("S3CRET")
  })
})

describe("lazy", () => {
  it("wants load() of new visitors as well", async () => {
    const session = sessions.open({}, { lazy: true })
    expect(session.isLoaded).toBe(false)
    for (const use of [
      () => session.data,
      () => session.userId,
      () => session.login("ada"),
      () => session.id,
    ])
      expect(use).toThrow(expect.objectContaining({ code: "ERR_SESSION_NOT_LOADED" }))
    await expect(session.save()).rejects.toMatchObject({ code: "ERR_SESSION_NOT_LOADED" })
    expect(sessions.commit(session)).toEqual({ result: "nothing", headers: [] })
    const loaded = await sessions.open({}, { lazy: true }).load()
    loaded.data.n = 1
    expect((await sessions.commit(loaded)).result).toBe("create")
  })
})

describe("a request's session", () => {
  it.each([
    [null, "session.logout()"],
    [undefined, "session.logout()"],
    [{ user: 1 }, "Object.assign(session.data, values)"],
    [[], "here by an array"],
    [false, "here by false"],
  ])("is not assigned away: %j", async (value, sentence) => {
    const session = await fresh()
    expect(() => checkPlace(value, session)).toThrow(TypeError)
    expect(() => checkPlace(value, session)).toThrow(sentence)
    checkPlace(session, session)
    checkPlace(await fresh(), session)
  })

  it("is found by its request", async () => {
    const [request, session] = [{}, await fresh()]
    const opened = sessions.open({}, { request })
    expect(sessions.of(request)).toBe(opened)
    expect(sessions.of({ raw: request })).toBe(opened)
    expect(sessions.of({ req: { raw: request } })).toBe(opened)
    const others = createSessions({ store: memoryStore() })
    for (const [call, sentence] of [
      [() => sessions.of({}), "must come before what uses it"],
      [() => sessions.of({ session: null }), "must come before what uses it"],
      [() => sessions.of({ session: { cookie: {} } }), "another library, such as express-session"],
      [() => others.of({ session }), "one of other sessions"],
      [() => sessions.of(undefined as never), "it got undefined"],
    ] as const) {
      expect(call).toThrow(TypeError)
      expect(call).toThrow(sentence)
    }
  })
})

describe("an adapter's arguments", () => {
  it.each<[unknown, object, string]>([
    [undefined, {}, "it got undefined"],
    [memoryStore(), {}, "session(createSessions({ store }))"],
    [{ store: memoryStore() }, {}, "session(createSessions({ store }))"],
    [createSessions, {}, "it got the function createSessions"],
    ["redis://:S3CRET@h", {}, 'a string that begins with "redis:"'],
    [sessions, { laxy: true }, 'did you mean "lazy"?'],
    [sessions, { lazy: "yes" }, '"lazy" must be true or false'],
    [sessions, { cookie: {} }, "createSessions({ … })"],
    [sessions, null as never, "takes an object of options"],
  ])("%s, %j", (all, options, sentence) => {
    const check = () => checkAdapter(all, options, MOUNT_OPTIONS)
    expect(check).toThrow(TypeError)
    expect(check).toThrow(sentence)
    expect(check).not.toThrow("S3CRET")
  })
})
