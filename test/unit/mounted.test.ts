import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http"
import express from "express"
import createFastify from "fastify"
import { Hono } from "hono"
import { etag } from "hono/etag"
import Koa from "koa"
import { afterEach, describe, expect, it } from "vitest"
import { session as expressSession } from "../../src/adapters/express.ts"
import { session as fastifySession } from "../../src/adapters/fastify.ts"
import { session as fetchSession } from "../../src/adapters/fetch.ts"
import { session as honoSession } from "../../src/adapters/hono.ts"
import { session as koaSession } from "../../src/adapters/koa.ts"
import { session as nodeSession } from "../../src/adapters/node.ts"
import { createSessions, type Session } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { opened } from "../adapters/serve.ts"

type Data = { outer?: number; inner?: number }

const open: (() => unknown)[] = []
afterEach(() => Promise.all(open.splice(0).map((close) => close())))

async function serve(listener: RequestListener): Promise<string> {
  const { url, close } = await opened(createServer(listener))
  open.push(close)
  return url
}

/** Sessions, and how many records their store was asked to create. */
function counting(name = "__Host-session") {
  let created = 0
  const store = memoryStore()
  const create: typeof store.create = (record) => {
    created++
    return store.create(record)
  }
  const sessions = createSessions<Data>({ store: { ...store, create }, cookie: { name } })
  return { sessions, created: () => created }
}

/** What a new visitor gets: one cookie, which leads to what both parts of the application have stored. */
async function visit(url: string, sessions: ReturnType<typeof counting>): Promise<void> {
  const response = await fetch(url)
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]!)
  expect([response.status, cookies.length, sessions.created()]).toEqual([200, 1, 1])
  const session = await sessions.sessions.open({ cookie: cookies[0] }).load()
  expect(session.data).toEqual({ outer: 1, inner: 1 })
}

function inner(sessions: ReturnType<typeof counting>["sessions"], req: IncomingMessage, res: ServerResponse) {
  sessions.of(req).data.inner = 1
  res.end("both")
}

describe("the same sessions mounted twice on one request are one session", () => {
  it("Express in Express", async () => {
    const counted = counting()
    const { sessions } = counted
    const part = express()
    part.use(expressSession(sessions), (req, res) => inner(sessions, req, res))
    const app = express().use(expressSession(sessions), (req, _res, next) => {
      sessions.of(req).data.outer = 1
      next()
    })
    await visit(await serve(app.use(part) as RequestListener), counted)
  })

  it("Express in plain Node", async () => {
    const counted = counting()
    const { sessions } = counted
    const app = express().use(expressSession(sessions), (req, res) => inner(sessions, req, res))
    const listener = nodeSession(sessions)((req, res) => {
      req.session.data.outer = 1
      ;(app as RequestListener)(req, res)
    })
    await visit(await serve(listener), counted)
  })

  it("Koa in Koa, and what the outer one changes after the inner one", async () => {
    const counted = counting()
    const { sessions } = counted
    const app = new Koa()
    app.use(koaSession(sessions))
    app.use(async (ctx, next) => {
      await next()
      sessions.of(ctx).data.outer = 1
    })
    app.use(koaSession(sessions))
    app.use((ctx) => {
      sessions.of(ctx).data.inner = 1
      ctx.body = "both"
    })
    await visit(await serve(app.callback() as RequestListener), counted)
  })

  it("Koa in Express", async () => {
    const counted = counting()
    const { sessions } = counted
    const koa = new Koa()
    koa.use(koaSession(sessions))
    koa.use((ctx) => {
      sessions.of(ctx).data.inner = 1
      ctx.body = "both"
    })
    const callback = koa.callback() as RequestListener
    const app = express().use(expressSession(sessions), (req, res) => {
      sessions.of(req).data.outer = 1
      callback(req, res)
    })
    await visit(await serve(app as RequestListener), counted)
  })

  it("Fastify, registered twice", async () => {
    const counted = counting()
    const { sessions } = counted
    const app = createFastify()
    await app.register(fastifySession(sessions))
    await app.register(fastifySession(sessions))
    app.get("/", async (request) => {
      Object.assign(request.session.data, { outer: 1, inner: 1 })
      expect(sessions.of(request)).toBe(request.session)
      return "both"
    })
    open.push(() => app.close())
    await visit(await app.listen({ port: 0, host: "127.0.0.1" }), counted)
  })

  it("Hono in Hono, and in fetch", async () => {
    const counted = counting()
    const { sessions } = counted
    const part = new Hono<{ Variables: { session: Session<Data> } }>()
    part.use(honoSession(sessions)).get("/", (c) => {
      c.var.session.data.inner = 1
      return c.text("both")
    })
    const app = new Hono().use(honoSession(sessions)).use(async (c, next) => {
      await next()
      sessions.of(c).data.outer = 1
    })
    app.route("/", part)
    const wrapped = fetchSession(sessions)((request) => app.fetch(request))
    const response = await wrapped(new Request("http://localhost/"))
    const [cookie] = response.headers.getSetCookie()
    expect([response.headers.getSetCookie().length, counted.created()]).toEqual([1, 1])
    expect((await sessions.open({ cookie: cookie!.split(";")[0] }).load()).data).toEqual({
      outer: 1,
      inner: 1,
    })
  })

  it("fetch in fetch, and what the outer one changes after the inner one", async () => {
    const { sessions, created } = counting()
    const part = fetchSession(sessions)((_request, session) => {
      session.data.inner = 1
      return new Response("both")
    })
    const wrapped = fetchSession(sessions)(async (request, session) => {
      const response = await part(request)
      session.data.outer = 1
      return response
    })
    const cookies = (await wrapped(new Request("http://localhost/"))).headers.getSetCookie()
    expect([cookies.length, created()]).toEqual([1, 1])
    const { data } = await sessions.open({ cookie: cookies[0]!.split(";")[0] }).load()
    expect(data).toEqual({ outer: 1, inner: 1 })
  })
})

describe("two kinds of sessions on one request, the second under a name of its own", () => {
  const shop = () => createSessions<{ cart: string[] }>({ store: memoryStore() })
  const admin = () =>
    createSessions<{ role: string }>({ store: memoryStore(), cookie: { name: "__Host-admin" } })
  const cookiesOf = (response: Response): string[] =>
    response.headers
      .getSetCookie()
      .map((cookie) => cookie.split("=")[0]!)
      .sort()

  it("Fastify", async () => {
    const [one, other] = [shop(), admin()]
    const app = createFastify()
    await app.register(fastifySession(one))
    await app.register(fastifySession(other, { property: "admin" }))
    app.get("/", async (request) => {
      one.of(request).data.cart = ["tea"]
      other.of(request).data.role = "owner"
      expect((request as unknown as { admin: unknown }).admin).toBe(other.of(request))
      return "both"
    })
    open.push(() => app.close())
    const url = await app.listen({ port: 0, host: "127.0.0.1" })
    expect(cookiesOf(await fetch(url))).toEqual(["__Host-admin", "__Host-session"])
  })

  it("Express and Koa", async () => {
    const [one, other] = [shop(), admin()]
    const app = express()
      .use(expressSession(one), expressSession(other, { property: "admin" }))
      .use((req, res) => {
        one.of(req).data.cart = ["tea"]
        other.of(req).data.role = "owner"
        expect(req.session).toBe(one.of(req))
        res.send("both")
      })
    expect(cookiesOf(await fetch(await serve(app as RequestListener)))).toEqual([
      "__Host-admin",
      "__Host-session",
    ])
    const koa = new Koa().use(koaSession(one)).use(koaSession(other, { property: "admin" }))
    koa.use((ctx) => {
      one.of(ctx).data.cart = ["tea"]
      other.of(ctx).data.role = "owner"
      expect(ctx.session).toBe(one.of(ctx))
      ctx.body = "both"
    })
    expect(cookiesOf(await fetch(await serve(koa.callback() as RequestListener)))).toEqual([
      "__Host-admin",
      "__Host-session",
    ])
  })

  it("plain Node and Hono, with types for both", async () => {
    const [one, other] = [shop(), admin()]
    const listener = nodeSession(one)((req, res) =>
      nodeSession(other, { property: "admin" })((both) => {
        req.session.data.cart = ["tea"]
        both.admin.data.role = "owner"
        res.end("both")
      })(req, res),
    )
    expect(cookiesOf(await fetch(await serve(listener)))).toEqual(["__Host-admin", "__Host-session"])
    const app = new Hono().use(honoSession(one), honoSession(other, { property: "admin" })).get("/", (c) => {
      c.var.session.data.cart = ["tea"]
      c.var.admin.data.role = "owner"
      return c.text("both")
    })
    expect(cookiesOf(await app.request("/"))).toEqual(["__Host-admin", "__Host-session"])
  })
})

it("a request without these sessions is told so", () => {
  const { sessions } = counting()
  expect(() => sessions.of({ headers: {} })).toThrow(/app\.use\(session\(sessions\)\)/)
  expect(() => sessions.of(undefined as never)).toThrow(TypeError)
})

describe("req.session = null, by which other libraries sign out, is an error that says what to write", () => {
  const SENTENCE = "session.logout()"

  it("Express and plain Node", async () => {
    const told: string[] = []
    const app = express().use(expressSession(counting().sessions), (req, res) => {
      req.session = null as never
      res.send("signed out?")
    })
    app.use((error: Error, _req: unknown, res: express.Response, _next: unknown) => {
      told.push(error.message)
      res.status(500).send("failed")
    })
    const onError = (error: unknown, _req: unknown, res: unknown): void => {
      told.push((error as Error).message)
      ;(res as ServerResponse).writeHead(500).end("failed")
    }
    const listener = nodeSession(counting().sessions, { onError })((req, res) => {
      req.session = null as never
      res.end("signed out?")
    })
    for (const site of [app as RequestListener, listener]) {
      const response = await fetch(await serve(site))
      expect([response.status, await response.text()]).toEqual([500, "failed"])
      expect(told.pop()).toContain(SENTENCE)
    }
  })

  it("Koa, Fastify and Hono", async () => {
    const told: string[] = []
    const koa = new Koa().use(koaSession(counting().sessions)).use((ctx) => {
      ctx.session = null as never
      ctx.body = "signed out?"
    })
    koa.on("error", (error: Error) => told.push(error.message))
    expect((await fetch(await serve(koa.callback() as RequestListener))).status).toBe(500)
    expect(told.pop()).toContain(SENTENCE)

    const fastify = createFastify()
    await fastify.register(fastifySession(counting().sessions))
    fastify.get("/", async (request) => {
      request.session = null as never
      return "signed out?"
    })
    open.push(() => fastify.close())
    const answer = await fetch(await fastify.listen({ port: 0, host: "127.0.0.1" }))
    expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining(SENTENCE)])

    const hono = new Hono().use(honoSession(counting().sessions)).get("/", (c) => {
      c.set("session", null as never)
      return c.text("signed out?")
    })
    hono.onError((error, c) => c.text(error.message, 500))
    const failed = await hono.request("/")
    expect([failed.status, await failed.text()]).toEqual([500, expect.stringContaining(SENTENCE)])
  })
})

describe("a thrown answer is an answer", () => {
  const digest = (text: string) => Object.assign(new Error(text), { digest: text })
  const THROWN: readonly [string, () => unknown, number, string | null][] = [
    ["a Response", () => Response.redirect("http://localhost/to", 303), 303, "http://localhost/to"],
    ["Next's redirect()", () => digest("NEXT_REDIRECT;replace;/to;307;"), 307, "/to"],
    [
      "Next's redirect() to what has a semicolon",
      () => digest("NEXT_REDIRECT;push;/to;x=1;308;"),
      308,
      "/to;x=1",
    ],
    ["Next's notFound()", () => digest("NEXT_HTTP_ERROR_FALLBACK;404"), 404, null],
    ["the notFound() of an older Next", () => digest("NEXT_NOT_FOUND"), 404, null],
    ["SvelteKit's redirect()", () => ({ status: 303, location: "/to" }), 303, "/to"],
  ]

  it.each(THROWN)("%s", async (_name, make, status, location) => {
    for (const kind of ["fetch", "hono"] as const) {
      const { sessions } = counting()
      const page = (session: Session<Data>): never => {
        session.login("ada")
        throw make()
      }
      const app = new Hono().use(honoSession(sessions)).get("/", (c) => page(c.var.session))
      const wrapped = fetchSession(sessions)((_request, session) => page(session))
      const response = await (kind === "hono" ? app.request("/") : wrapped(new Request("http://localhost/")))
      expect([response.status, response.headers.get("location")], kind).toEqual([status, location])
      const cookie = response.headers.getSetCookie()[0]!.split(";")[0]
      expect((await sessions.open({ cookie }).load()).userId, kind).toBe("ada")
    }
  })

  it.each([
    new Error("broken"),
    digest("DYNAMIC_SERVER_USAGE"),
    digest("NEXT_REDIRECT;nonsense"),
    "text",
    null,
  ])("but an error is none: %s", async (thrown) => {
    const { sessions, created } = counting()
    const wrapped = fetchSession(sessions)((_request, session) => {
      session.login("ada")
      throw thrown
    })
    await expect(wrapped(new Request("http://localhost/"))).rejects.toBe(thrown)
    expect(created()).toBe(0)
  })
})

it("a cookie leaves although hono/etag around us finds the page unchanged", async () => {
  const { sessions } = counting()
  const app = new Hono()
    .use(etag())
    .use(honoSession(sessions))
    .get("/", (c) => {
      if (c.req.query("login")) c.var.session.login("ada")
      return c.text("the same")
    })
  const tag = (await app.request("/")).headers.get("etag")!
  const unchanged = await app.request("/", { headers: { "if-none-match": tag } })
  expect(unchanged.status).toBe(304)
  const signedIn = await app.request("/?login=1", { headers: { "if-none-match": tag } })
  expect([signedIn.status, signedIn.headers.getSetCookie().length]).toEqual([200, 1])
})
