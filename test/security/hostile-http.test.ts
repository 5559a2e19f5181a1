import { once } from "node:events"
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http"
import { connect } from "node:net"
import { Readable } from "node:stream"
import express from "express"
import createFastify from "fastify"
import { Hono } from "hono"
import { cors } from "hono/cors"
import { streamSSE } from "hono/streaming"
import Koa from "koa"
import { afterEach, describe, expect, it, vi } from "vitest"
import { session as expressSession } from "../../src/adapters/express.ts"
import { session as fastifySession } from "../../src/adapters/fastify.ts"
import { session as fetchSession } from "../../src/adapters/fetch.ts"
import { session as honoSession } from "../../src/adapters/hono.ts"
import { session as koaSession } from "../../src/adapters/koa.ts"
import { session as nodeSession } from "../../src/adapters/node.ts"
import { createSessions, type Session, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { listen } from "../adapters/serve.ts"
import { begun, cookieIn, type Data, latch, type MemoryStore } from "./stage.ts"

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(listener: (req: IncomingMessage, res: ServerResponse) => unknown): Promise<string> {
  const { url, close } = await listen(listener)
  closers.push(close)
  return url
}

function cookiesOf(response: Response): (string | undefined)[] {
  return response.headers.getSetCookie().map((line) => line.split("=")[0])
}

/** Sessions whose writes wait until they are let go. */
function slow(): {
  store: MemoryStore
  sessions: Sessions<Data>
  reached: Promise<void>
  release: () => void
} {
  const store = memoryStore()
  const reached = latch()
  const gate = latch()
  const create: typeof store.create = async (record) => {
    reached.open()
    await gate.opened
    return store.create(record)
  }
  const sessions = createSessions<Data>({ store: { ...store, create } })
  return { store, sessions, reached: reached.opened, release: gate.open }
}

/** Sessions whose store fails to write. */
function broken(): Sessions<Data> {
  return createSessions<Data>({
    store: { ...memoryStore(), create: () => Promise.reject(new Error("down")) },
  })
}

describe("mounted twice", () => {
  const two = () =>
    [
      createSessions<Data>({ store: memoryStore() }),
      createSessions<Data>({ store: memoryStore(), cookie: { name: "__Host-other" } }),
    ] as const

  it("B-12 Express stores the sessions of both, and one middleware twice is as good as once", async () => {
    const [one, other] = two()
    const app = express()
    app.use(expressSession(one))
    app.get("/twice", expressSession(one), (req, res) => {
      Object.assign(req.session.data, { n: 1 })
      res.send("twice")
    })
    app.get(
      "/both",
      (req, res, next) => {
        const { session } = req
        Object.assign(session.data, { n: 1 })
        expressSession(other)(req, res, next)
      },
      (req, res) => {
        Object.assign(req.session.data, { n: 2 })
        res.set("vary", "Accept").send("both")
      },
    )
    const url = await serve(app)
    const twice = await fetch(`${url}/twice`)
    expect([twice.status, await twice.text(), cookiesOf(twice)]).toEqual([200, "twice", ["__Host-session"]])
    const both = await fetch(`${url}/both`)
    expect([both.status, await both.text()]).toEqual([200, "both"])
    expect(cookiesOf(both).sort()).toEqual(["__Host-other", "__Host-session"])
    expect(both.headers.get("vary")).toBe("Accept, Cookie")
  })

  it("B-12 plain Node does so too, and an error of either is an error", async () => {
    const [one] = two()
    const url = await serve(
      nodeSession(one)((req, res) => {
        const first = req.session
        first.data.n = 1
        return nodeSession(broken(), { onError: answer })((inner, innerRes) => {
          if (req.url === "/fail") inner.session.data.n = 2
          innerRes.end("done")
        })(req, res as ServerResponse)
      }),
    )
    const fine = await fetch(url)
    expect([fine.status, cookiesOf(fine)]).toEqual([200, ["__Host-session"]])
    const failed = await fetch(`${url}/fail`)
    // What the one has stored is told all the same.
    expect([failed.status, cookiesOf(failed), await failed.text()]).toEqual([
      503,
      ["__Host-session"],
      "failed",
    ])
  })

  it("B-12 Koa, Hono and fetch keep both", async () => {
    const [one, other] = two()
    const app = new Koa()
    app.use(koaSession(one))
    app.use(async (ctx, next) => {
      Object.assign(ctx.session.data, { n: 1 })
      await next()
    })
    app.use(koaSession(other))
    app.use((ctx) => {
      Object.assign(ctx.session.data, { n: 2 })
      if (ctx.path === "/throw") ctx.throw(400, "no", { headers: { "x-own": "1", vary: "Accept" } })
      ctx.body = "both"
    })
    const url = await serve(app.callback())
    expect(cookiesOf(await fetch(url)).sort()).toEqual(["__Host-other", "__Host-session"])
    const thrown = await fetch(`${url}/throw`)
    expect([thrown.status, cookiesOf(thrown).sort()]).toEqual([400, ["__Host-other", "__Host-session"]])
    expect([thrown.headers.get("x-own"), thrown.headers.get("vary")]).toEqual(["1", "Accept, Cookie"])

    const hono = new Hono()
    hono.use(honoSession(one) as never, honoSession(other) as never)
    hono.get("/", (c) => {
      ;(c.get("session" as never) as Session<Data>).data.n = 1
      return c.text("both")
    })
    expect(cookiesOf(await hono.request("/"))).toEqual(["__Host-other"])

    const wrapped = fetchSession(one)((request, first) => {
      first.data.n = 1
      return fetchSession(other)((_request, second) => {
        second.data.n = 2
        return new Response("both")
      })(request)
    })
    expect(cookiesOf(await wrapped(new Request("http://localhost/"))).sort()).toEqual([
      "__Host-other",
      "__Host-session",
    ])
  })

  it("B-12 Fastify says so at start-up, but for the same sessions, which are one", async () => {
    const [one, other] = two()
    const app = createFastify()
    await app.register(fastifySession(one))
    await app.register(fastifySession(one))
    await expect(Promise.resolve(app.register(fastifySession(other)))).rejects.toThrow(
      /request\.session already/,
    )
  })
})

describe("responses of every kind", () => {
  it("B-13 fetch: redirects, errors and what can't be rebuilt", async () => {
    const sessions = createSessions<Data>({ store: memoryStore() })
    const handle = fetchSession(sessions)((request, session) => {
      session.data.n = 1
      return request.url.endsWith("/error")
        ? Response.error()
        : Response.redirect("http://localhost/elsewhere")
    })
    const redirect = await handle(new Request("http://localhost/"))
    expect([redirect.status, redirect.headers.get("location")]).toEqual([302, "http://localhost/elsewhere"])
    expect(cookiesOf(redirect)).toEqual(["__Host-session"])
    // A network error carries no cookie, so nothing may be kept for it.
    const error = await handle(new Request("http://localhost/error"))
    expect([error.type, error.status]).toEqual(["error", 0])

    const app = new Hono<{ Variables: { session: Session<Data> } }>()
    app.use(honoSession(sessions))
    app.get("/", (c) => {
      c.var.session.login("ada")
      return Response.error()
    })
    app.get("/own", (c) => {
      c.var.session.data.n = 1
      return c.text("own", 200, { "set-cookie": "own=1", vary: "Accept" })
    })
    expect((await app.request("/")).type).toBe("error")
    expect(await sessions.list("ada")).toEqual([])
    const own = await app.request("/own")
    expect([cookiesOf(own), own.headers.get("vary")]).toEqual([["own", "__Host-session"], "Accept, Cookie"])
  })

  it("B-13 fetch and Hono: a response that a handler keeps takes no cookie to the next visitor", async () => {
    const sessions = createSessions<Data>({ store: memoryStore() })
    const kept = [new Response(null, { status: 204 }), Response.redirect("http://localhost/elsewhere")]
    const answer = (url: string, session: Session<Data>): Response => {
      if (url.endsWith("/begin")) session.data.n = 1
      else if (url.endsWith("/look")) void session.data.n
      return kept[Number(url.includes("redirect"))]!
    }
    const app = new Hono<{ Variables: { session: Session<Data> } }>()
    app.use(honoSession(sessions))
    app.get("*", (c) => answer(c.req.url, c.var.session))
    const handle = fetchSession(sessions)((request, session) => answer(request.url, session))
    for (const ask of [handle, (request: Request) => app.request(request)])
      for (const [place, status] of [
        ["", 204],
        ["/redirect", 302],
      ] as const) {
        const get = (path: string) => ask(new Request(`http://localhost${place}${path}`))
        const begun = await get("/begin")
        expect([begun.status, cookiesOf(begun)]).toEqual([status, ["__Host-session"]])
        const next = await get("/other")
        expect([next.status, cookiesOf(next)]).toEqual([status, []])
        const looked = await get("/look")
        expect([looked.status, cookiesOf(looked), looked.headers.get("vary")]).toEqual([status, [], "Cookie"])
      }
  })

  it("B-13 Express: early hints, 404 and error handlers, errors with a status", async () => {
    const { sessions, store, reached, release } = slow()
    release()
    const app = express()
    app.use(expressSession(sessions))
    app.get("/hints", (req, res) => {
      Object.assign(req.session.data, { n: 1 })
      res.writeEarlyHints({ link: "</style.css>; rel=preload" })
      res.send("hinted")
    })
    app.get("/teapot", (req) => {
      Object.assign(req.session.data, { n: 1 })
      throw Object.assign(new Error("short and stout"), { status: 418 })
    })
    app.use((req, _res, next) => {
      Object.assign(req.session.data, { lost: req.path })
      next()
    })
    app.use((error: { status: number }, req: express.Request, res: express.Response, _next: unknown) => {
      res.status(error.status).send(String(req.session.data.n))
    })
    const url = await serve(app)
    const hinted = await fetch(`${url}/hints`)
    expect([hinted.status, await hinted.text(), cookiesOf(hinted)]).toEqual([
      200,
      "hinted",
      ["__Host-session"],
    ])
    const teapot = await fetch(`${url}/teapot`)
    expect([teapot.status, await teapot.text(), cookiesOf(teapot)]).toEqual([418, "1", ["__Host-session"]])
    const missing = await fetch(`${url}/nowhere`)
    expect([missing.status, cookiesOf(missing)]).toEqual([404, ["__Host-session"]])
    await reached
    expect(await store.clearExpired()).toBe(0)
  })

  it("B-13 Koa: throw(401), an error without a status, respond = false", async () => {
    const { sessions, cookie } = await begun({}, "ada")
    const app = new Koa()
    app.silent = true
    app.use(koaSession(sessions))
    app.use(async (ctx) => {
      if (ctx.path === "/look") {
        ctx.body = JSON.stringify([ctx.session.userId, ctx.session.data])
        return
      }
      Object.assign(ctx.session.data, { [ctx.path]: 1 })
      if (ctx.path === "/401") ctx.throw(401)
      if (ctx.path === "/statusCode") throw Object.assign(new Error("no"), { statusCode: 409 })
      if (ctx.path === "/own") {
        await ctx.session.save()
        ctx.respond = false
        ctx.res.statusCode = 200
        ctx.res.end("own")
      }
    })
    const url = await serve(app.callback())
    const visit = (path: string): Promise<Response> => fetch(url + path, { headers: { cookie } })
    const statuses: number[] = []
    for (const path of ["/401", "/statusCode", "/own"]) statuses.push((await visit(path)).status)
    expect(statuses).toEqual([401, 409, 200])
    expect(await (await visit("/look")).json()).toEqual(["ada", { "/401": 1, "/statusCode": 1, "/own": 1 }])
  })

  it("B-13 Fastify: hijack, 404, error handlers; a stream that can't be sent is closed", async () => {
    const { sessions, cookie } = await begun({}, "ada")
    const app = createFastify()
    await app.register(fastifySession(sessions))
    const seen: string[] = []
    app.addHook("onError", async (_request, _reply, error) => {
      seen.push(error.message)
    })
    app.setErrorHandler((error: { statusCode?: number }, _request, reply) =>
      reply.code(error.statusCode ?? 500).send("handled"),
    )
    app.setNotFoundHandler((request, reply) => {
      Object.assign(request.session.data, { missed: 1 })
      reply.code(404).send("nothing here")
    })
    app.get("/hijack", async (request, reply) => {
      Object.assign(request.session.data, { hijacked: 1 })
      await request.session.save()
      reply.hijack()
      reply.raw.end("raw")
    })
    app.get("/throw", async (request) => {
      Object.assign(request.session.data, { thrown: 1 })
      throw Object.assign(new Error("conflict"), { statusCode: 409 })
    })
    app.get("/look", async (request) => request.session.data)
    const url = await app.listen({ port: 0, host: "127.0.0.1" })
    closers.push(() => app.close())
    const visit = (path: string): Promise<Response> => fetch(url + path, { headers: { cookie } })
    expect(await (await visit("/hijack")).text()).toBe("raw")
    expect((await visit("/nowhere")).status).toBe(404)
    const thrown = await visit("/throw")
    expect([thrown.status, await thrown.text()]).toEqual([409, "handled"])
    expect(await (await visit("/look")).json()).toEqual({ hijacked: 1, missed: 1, thrown: 1 })
    expect(seen).toEqual(["conflict"])
  })

  it("D-8 a body that can't be sent, since its session can't be saved, is closed", async () => {
    const cancelled: string[] = []
    const webBody = (name: string): ReadableStream =>
      new ReadableStream({
        pull: (controller) => controller.enqueue(new TextEncoder().encode("x")),
        cancel: () => {
          cancelled.push(name)
        },
      })
    const handle = fetchSession(broken())((_request, session) => {
      session.data.n = 1
      return new Response(webBody("fetch"))
    })
    await expect(handle(new Request("http://localhost/"))).rejects.toMatchObject({
      code: "ERR_SESSION_STORE",
    })

    const hono = new Hono<{ Variables: { session: Session<Data> } }>()
    hono.use(honoSession(broken()))
    hono.get("/", (c) => {
      c.var.session.data.n = 1
      return c.body(webBody("hono"))
    })
    hono.onError((_error, c) => c.text("failed", 503))
    expect((await hono.request("/")).status).toBe(503)

    const app = createFastify()
    await app.register(fastifySession(broken()))
    app.get("/", (request, reply) => {
      Object.assign(request.session.data, { n: 1 })
      return reply.send(endless("fastify", cancelled))
    })
    expect((await app.inject("/")).statusCode).toBe(503)
    await new Promise((resolve) => setImmediate(resolve))
    expect(cancelled.sort()).toEqual(["fastify", "fetch", "hono"])
  })

  it("B-13 Hono: pages that give no response, throw what is no error, or whose body somebody read", async () => {
    const { sessions, cookie } = await begun({}, "ada")
    const app = new Hono<{ Variables: { session: Session<Data> } }>()
    app.use(honoSession(sessions))
    app.onError((_error, c) => c.text("failed", 500))
    app.get("/forgets", ((c: { var: { session: Session<Data> } }) => {
      c.var.session.data.n = 1
    }) as never)
    app.get("/throws", (c) => {
      c.var.session.logout()
      throw "a string"
    })
    app.use("/read", async (c, next) => {
      await next()
      await c.res.text()
    })
    app.get("/read", (c) => {
      c.var.session.rotate()
      return c.text("read")
    })
    const forgets = await app.request("/forgets", { headers: { cookie } })
    expect([forgets.status, cookiesOf(forgets)]).toEqual([500, []])
    const used = await app.request("/read", { headers: { cookie } })
    expect([used.status, cookiesOf(used)]).toEqual([200, ["__Host-session"]])
    const rotated = cookieIn(used.headers.getSetCookie().map((value) => ["set-cookie", value] as const))!
    expect((await sessions.open({ cookie: rotated }).load()).data).toEqual({})
    await expect(app.request("/throws", { headers: { cookie: rotated } })).rejects.toBe("a string")
    expect((await sessions.open({ cookie: rotated }).load()).userId).toBeNull()
  })

  it("B-13 Hono: an error's answer keeps what was said of the request, and nothing of the page", async () => {
    const app = new Hono<{ Variables: { session: Session<Data> } }>()
    app.use(cors({ origin: "https://app.test", credentials: true }))
    app.use(honoSession(broken()))
    app.get("/", (c) => {
      c.var.session.data.n = 1
      return c.html("<p>the page</p>", 200, { etag: '"1"', "cache-control": "public" })
    })
    app.onError((_error, c) => c.text("failed", 503))
    const failed = await app.request("/", { headers: { origin: "https://app.test" } })
    expect([failed.status, await failed.text()]).toEqual([503, "failed"])
    expect(failed.headers.get("access-control-allow-origin")).toBe("https://app.test")
    expect(failed.headers.get("content-type")).toMatch(/^text\/plain/)
    expect([failed.headers.get("etag"), failed.headers.get("cache-control")]).toEqual([null, null])
  })

  it("B-13 Hono: server-sent events, notFound, onError", async () => {
    const { sessions, cookie } = await begun({}, "ada")
    const app = new Hono<{ Variables: { session: Session<Data> } }>()
    app.use(honoSession(sessions))
    app.get("/events", (c) => {
      c.var.session.data.events = 1
      return streamSSE(c, async (stream) => {
        await stream.writeSSE({ data: String(c.var.session.data.events) })
      })
    })
    app.get("/throw", (c) => {
      c.var.session.logout()
      throw new Error("on purpose")
    })
    app.notFound((c) => {
      c.var.session.data.missed = 1
      return c.text("nothing here", 404)
    })
    app.onError((_error, c) => c.text("failed", 500))
    const visit = (path: string) => app.request(path, { headers: { cookie } })
    expect(await (await visit("/events")).text()).toBe("data: 1\n\n")
    expect((await visit("/nowhere")).status).toBe(404)
    expect((await sessions.open({ cookie }).load()).data).toEqual({ events: 1, missed: 1 })
    const thrown = await visit("/throw")
    expect([thrown.status, cookiesOf(thrown)]).toEqual([500, ["__Host-session"]])
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })
})

describe("connections", () => {
  it("B-13 an error after the answer was sent is logged, and answered with nothing more", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {})
    const onError = vi.fn()
    for (const sessions of [createSessions<Data>({ store: memoryStore() }), (await begun()).sessions]) {
      const url = await serve(
        nodeSession(sessions, { onError })((req, res) => {
          if (req.url === "/write") req.session.data.n = 1
          res.end("sent")
          throw new Error("too late")
        }),
      )
      for (const path of ["/", "/write"]) expect(await (await fetch(url + path)).text()).toBe("sent")
    }
    expect([log.mock.calls.length, onError.mock.calls.length]).toEqual([4, 0])
    log.mockRestore()
  })

  it("E-6 pipelined requests get each their own answer, in order, while commits are under way", async () => {
    const { sessions, reached, release } = slow()
    const url = await serve(
      nodeSession(sessions)((req, res) => {
        req.session.data.path = req.url
        res.end(`answer ${req.url}`)
      }),
    )
    const socket = connect(Number(new URL(url).port), "127.0.0.1")
    const ask = (path: string, end = "") => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${end}\r\n`
    socket.write(ask("/1") + ask("/2") + ask("/3", "Connection: close\r\n"))
    await reached
    release()
    let seen = ""
    for await (const chunk of socket) seen += chunk
    expect(seen.match(/answer \/\d/g)).toEqual(["answer /1", "answer /2", "answer /3"])
    const cookies = seen.match(/__Host-session=[\w.-]{76}/g)!
    expect(new Set(cookies).size).toBe(3)
    for (const [n, cookie] of cookies.entries())
      expect((await sessions.open({ cookie }).load()).data.path).toBe(`/${n + 1}`)
  })

  it.each([
    "/pipe",
    "/write",
  ])("B-13 a client that goes away during the commit ends nothing but its own response: %s", async (path) => {
    const { store, sessions, reached, release } = slow()
    const noticed = latch()
    let id: string | undefined
    const url = await serve(
      nodeSession(sessions)((req, res) => {
        req.session.login("ada")
        req.socket.once("end", noticed.open)
        if (req.url === "/pipe") Readable.from(["a", "b"]).pipe(res)
        else for (const text of ["a", "b", "c"]) res.write(text)
        id = req.session.id
      }),
    )
    const client = httpRequest(url + path).on("error", () => {})
    client.end()
    await reached
    client.destroy()
    await noticed.opened
    release()
    while ((await store.listByUser("ada")).length === 0) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect((await store.listByUser("ada")).map((record) => record.id)).toEqual([id])
  })

  it("B-13 a handler that never ends holds nothing but its own response", async () => {
    const { sessions, cookie } = await begun({}, "ada")
    const never = latch()
    const url = await serve(
      nodeSession(sessions)((req, res) => {
        if (req.url === "/never") {
          req.session.data.never = 1
          never.open()
          return
        }
        req.session.logout()
        res.end("out")
      }),
    )
    const hanging = httpRequest(`${url}/never`, { headers: { cookie } }).on("error", () => {})
    hanging.end()
    await never.opened
    expect((await fetch(url, { headers: { cookie } })).headers.getSetCookie()[0]).toContain("Max-Age=0")
    hanging.destroy()
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })

  it("B-13 100-continue goes out before the session is safe, and the answer after", async () => {
    const { sessions, reached, release } = slow()
    const listener = nodeSession(sessions)(async (req, res) => {
      let size = 0
      for await (const chunk of req) size += chunk.length
      req.session.data.size = size
      res.end(String(size))
    })
    const url = await serve(listener as never)
    const client = httpRequest(url, { method: "POST", headers: { expect: "100-continue" } })
    client.flushHeaders()
    await once(client, "continue")
    client.end("hello")
    await reached
    release()
    const [res] = (await once(client, "response")) as [IncomingMessage]
    expect(cookieIn([["set-cookie", res.headers["set-cookie"]![0]!]])).toMatch(/^__Host-session=/)
    res.resume()
  })
})

function endless(name: string, closed: string[]): Readable {
  return new Readable({
    read() {
      this.push("x")
    },
    destroy(error, done) {
      closed.push(name)
      done(error)
    },
  })
}

function answer(error: unknown, _req: unknown, res: unknown): void {
  const { statusCode = 500 } = error as { statusCode?: number }
  ;(res as ServerResponse).writeHead(statusCode).end("failed")
}
