import { AsyncLocalStorage } from "node:async_hooks"
import { once } from "node:events"
import { createReadStream } from "node:fs"
import { createServer, get, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http"
import { connect } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { getRequestListener } from "@hono/node-server"
import express, { type RequestHandler } from "express"
import createFastify from "fastify"
import { Hono } from "hono"
import { bodyLimit } from "hono/body-limit"
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
import { opened } from "../adapters/serve.ts"

// What a hostile reader of the adapters found, each over the network.

const open: (() => unknown)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(open.splice(0).map((close) => close()))
})

async function serve(listener: RequestListener, options = {}): Promise<string> {
  const { url, close } = await opened(createServer(options, listener))
  open.push(close)
  return url
}

/** Sessions whose store takes its time, and fails if told to. */
function slow({ fails = false, name = "session" } = {}): Sessions {
  const store = memoryStore()
  const create: typeof store.create = async (record) => {
    await sleep(20)
    if (fails) throw new Error("down")
    return store.create(record)
  }
  return createSessions({ store: { ...store, create }, cookie: { name, secure: false } })
}

const userOf = async (sessions: Sessions, response: Response): Promise<string | null> => {
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0]
  return cookie === undefined ? null : (await sessions.open({ cookie }).load()).userId
}

/** What lies on the connection until the server closes it, byte by byte: so the last request has to ask for that. */
async function bytesOf(url: string, requests: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1").setEncoding("latin1")
  socket.write(requests)
  let bytes = ""
  for await (const chunk of socket) bytes += chunk
  return bytes
}

describe("an answer that is refused", () => {
  it("keeps nothing of what the old handler does to status, trailers and connection", async () => {
    for (const last of ["end", "destroy", "addTrailers"] as const) {
      const [asked, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const app = express().use(expressSession(slow({ fails: true })))
      app.get("/", async (req, res) => {
        req.session.data.n = 1
        res.write("a")
        await asked.promise
        res.status(200)
        if (last === "addTrailers") res.addTrailers({ "x-old": "1" })
        else res[last]()
        done.resolve()
      })
      app.use((async (_error, _req, res, _next) => {
        res.status(503)
        asked.resolve()
        await done.promise
        res.send("sorry")
      }) as express.ErrorRequestHandler)
      const response = await fetch(await serve(app as RequestListener))
      expect([response.status, await response.text()], last).toEqual([503, "sorry"])
    }
  })

  it("is answered by an error handler that goes by a queue", async () => {
    const jobs: (() => void)[] = []
    const timer = setInterval(() => jobs.shift()?.(), 5)
    open.push(() => clearInterval(timer))
    const answered = Promise.withResolvers<void>()
    const app = express().use(expressSession(slow({ fails: true })))
    app.get("/", async (req, res) => {
      req.session.data.n = 1
      res.write("a")
      await answered.promise
      res.end("b")
    })
    app.use(((_error, _req, res, _next) => {
      jobs.push(() => {
        res.status(500).end("handled")
        answered.resolve()
      })
    }) as express.ErrorRequestHandler)
    const response = await fetch(await serve(app as RequestListener))
    expect([response.status, await response.text()]).toEqual([500, "handled"])
  })

  it("is answered although nothing can be known of the session any more", async () => {
    const store = memoryStore()
    const sessions = createSessions({ store, cookie: { secure: false } })
    const begun = await sessions.open({}).load()
    begun.login("ada")
    const { headers } = await sessions.commit(begun)
    const cookie = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
    const fails = () => Promise.reject(new Error("down"))
    const down = createSessions({
      store: { ...store, replace: fails, delete: fails },
      cookie: { secure: false },
    })
    const app = express().use(expressSession(down), (req, res) => {
      req.session.logout()
      req.session = null as never
      res.end("x")
    })
    app.use(((_error, _req, res, _next) => void res.status(500).end("failed")) as express.ErrorRequestHandler)
    const url = await serve(app as RequestListener)
    expect((await fetch(url, { headers: { cookie } })).status).toBe(500)
  })
})

it("Koa: an error that many requests throw carries nobody's cookie to others", async () => {
  const sessions = slow()
  const shared = Object.assign(new Error("no"), { status: 400, headers: { "x-own": "1" } })
  const app = new Koa().use(koaSession(sessions)).use((ctx) => {
    if (ctx.path === "/a") ctx.session.login("ada")
    throw shared
  })
  app.silent = true
  const url = await serve(app.callback() as RequestListener)
  const [first, second] = [await fetch(`${url}/a`), await fetch(`${url}/b`)]
  expect([first.status, first.headers.get("x-own"), await userOf(sessions, first)]).toEqual([400, "1", "ada"])
  expect([second.status, second.headers.getSetCookie()]).toEqual([400, []])
})

describe("a response that has begun before its sessions", () => {
  it("is left as it is, and what would change the session throws", async () => {
    const told: unknown[] = []
    const app = express()
    app.use((_req, res, next) => {
      res.flushHeaders()
      res.write("early ")
      next()
    })
    app.use(expressSession(slow()), (req, res) => {
      told.push(req.session.userId)
      try {
        req.session.data.n = 1
      } catch (error) {
        told.push((error as { code: string }).code)
      }
      res.end("late")
    })
    const response = await fetch(await serve(app as RequestListener))
    expect([response.status, await response.text()]).toEqual([200, "early late"])
    expect(told).toEqual([null, "ERR_SESSION_CLOSED"])
  })

  it("also where one session is waited for already", async () => {
    const told: unknown[] = []
    const [one, other] = [slow({ name: "one" }), slow({ name: "other" })]
    const app = express().use(expressSession(one))
    app.use((req, res, next) => {
      req.session.data.n = 1
      res.write("early ")
      next()
    })
    app.use(expressSession(other, { property: "other" }), (req, res) => {
      try {
        other.of(req).login("ada")
      } catch (error) {
        told.push((error as { code: string }).code)
      }
      res.end("late")
    })
    const response = await fetch(await serve(app as RequestListener))
    expect([await response.text(), response.headers.getSetCookie().length]).toEqual(["early late", 1])
    expect(told).toEqual(["ERR_SESSION_CLOSED"])
  })
})

describe("middleware inside that wraps writeHead", () => {
  /** Calls `change` when the head is made, and passes on what it gives as headers. */
  const wrapping =
    (change: (res: ServerResponse) => Record<string, string> | undefined): RequestHandler =>
    (_req, res, next) => {
      const { writeHead } = res
      res.writeHead = function (this: ServerResponse, status: number) {
        const headers = change(this)
        return headers ? writeHead.call(this, status, headers) : writeHead.call(this, status)
      } as typeof res.writeHead
      next()
    }

  it.each(["pending", "once"])("runs once (%s)", async (kind) => {
    const app = express().use(
      expressSession(slow()),
      wrapping((res) => void res.appendHeader("set-cookie", "w=1")),
    )
    app.use((req, res) => {
      if (kind === "pending") req.session.data.n = 1
      res.end("hi")
    })
    const response = await fetch(await serve(app as RequestListener))
    const cookies = response.headers.getSetCookie()
    expect(cookies.filter((cookie) => cookie === "w=1")).toHaveLength(1)
    expect([response.headers.get("content-length"), await response.text()]).toEqual(["2", "hi"])
  })

  it("can't have a cookie kept by caches", async () => {
    const headers = { "cache-control": "public, max-age=60", vary: "x" }
    const app = express().use(
      expressSession(slow()),
      wrapping(() => headers),
    )
    app.use((req, res) => {
      req.session.data.n = 1
      res.end("a")
    })
    const response = await fetch(await serve(app as RequestListener))
    expect(response.headers.getSetCookie()).toHaveLength(1)
    expect([response.headers.get("cache-control"), response.headers.get("vary")]).toEqual([
      "no-store",
      "x, Cookie",
    ])
  })
})

describe("Fastify", () => {
  const signIn = { n: 1 }

  it("a source that fails while the session is stored is an error", async () => {
    const app = createFastify()
    await app.register(fastifySession(slow()))
    app.get("/", (request, reply) => {
      Object.assign(request.session.data, signIn)
      return reply.send(createReadStream("/nowhere"))
    })
    open.push(() => app.close())
    expect((await fetch(await app.listen({ port: 0, host: "127.0.0.1" }))).status).toBe(500)
  })

  it("two scopes may register the same sessions", async () => {
    const [app, sessions] = [createFastify(), slow()]
    for (const name of ["a", "b"])
      app.register(async (child) => {
        await child.register(fastifySession(sessions))
        child.get(`/${name}`, async (request) => String(request.session.userId))
      })
    open.push(() => app.close())
    const url = await app.listen({ port: 0, host: "127.0.0.1" })
    for (const name of ["a", "b"]) expect((await fetch(`${url}/${name}`)).status, name).toBe(200)
  })

  it("a hijacked reply waits for its session, too", async () => {
    const [app, sessions] = [createFastify(), slow()]
    await app.register(fastifySession(sessions))
    app.get("/", (request, reply) => {
      request.session.login("ada")
      reply.hijack()
      reply.raw.end("raw")
    })
    open.push(() => app.close())
    const response = await fetch(await app.listen({ port: 0, host: "127.0.0.1" }))
    expect([await response.text(), await userOf(sessions, response)]).toEqual(["raw", "ada"])
  })

  it("a failed commit is answered by the error handler, with the cookie of an earlier save()", async () => {
    const store = memoryStore()
    const replace = (): Promise<never> => Promise.reject(new Error("down"))
    const sessions = createSessions({ store: { ...store, replace }, cookie: { secure: false } })
    const app = createFastify()
    await app.register(fastifySession(sessions))
    app.setErrorHandler((_error, _request, reply) => reply.code(503).send("mine"))
    app.get("/", async (request) => {
      request.session.login("ada")
      await request.session.save()
      Object.assign(request.session.data, signIn)
      return "never"
    })
    open.push(() => app.close())
    const response = await fetch(await app.listen({ port: 0, host: "127.0.0.1" }))
    expect([response.status, await response.text(), await userOf(sessions, response)]).toEqual([
      503,
      "mine",
      "ada",
    ])
  })
})

describe("plain Node without an onError of one's own", () => {
  it.each<[string, (res: ServerResponse) => unknown]>([
    [
      "throw undefined",
      () => {
        throw undefined
      },
    ],
    [
      "throw null",
      () => {
        throw null
      },
    ],
    [
      "a reason that Node refuses",
      (res) => {
        res.statusMessage = "O\nK"
        res.end("a")
      },
    ],
    [
      "a length, then a throw",
      (res) => {
        res.setHeader("content-length", 3)
        throw new Error("broken")
      },
    ],
    [
      "a status that Node refuses",
      (res) => {
        res.statusCode = 99
        res.end("a")
      },
    ],
  ])("answers %s with a whole 500", async (_name, page) => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    const url = await serve(
      nodeSession(slow())((req, res) => {
        req.session.data.n = 1
        return page(res)
      }),
    )
    const bytes = await bytesOf(url, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    expect(bytes).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/)
    expect(bytes).toContain("content-length: 22\r\n")
    expect(bytes.endsWith("\r\n\r\nInternal Server Error\n")).toBe(true)
  })

  it("tells an onError that fails, and closes", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {})
    const onError = async (): Promise<never> => {
      throw new Error("worse")
    }
    const url = await serve(
      nodeSession(slow({ fails: true }), { onError })((req, res) => {
        req.session.data.n = 1
        res.end("a")
      }),
    )
    await expect(fetch(url)).rejects.toThrow()
    expect(String(log.mock.calls[0])).toContain("worse")
  })

  it.each([
    "before",
    "after",
  ])("is told once of a failed save, also where the handler throws %s it answers", async (when) => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    const [asked, thrown] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let told = 0
    const onError = async (_error: unknown, _req: unknown, res: unknown): Promise<void> => {
      told++
      const answer = res as ServerResponse
      if (when === "after") answer.writeHead(503).write("E")
      asked.resolve()
      await thrown.promise
      if (when === "before") answer.writeHead(503).write("E")
      answer.end("nd")
    }
    const url = await serve(
      nodeSession(slow({ fails: true }), { onError })(async (req, res) => {
        req.session.data.n = 1
        res.write("a")
        await asked.promise
        setImmediate(thrown.resolve)
        throw new Error("later")
      }),
    )
    expect([await (await fetch(url)).text(), told]).toEqual(["End", 1])
  })
})

it("what was written while a response waited is not kept with it", async () => {
  const sizes: number[] = []
  const listener = nodeSession(slow())(async (req, res) => {
    req.session.data.n = 1
    await new Promise<void>((resolve) => res.write("x".repeat(100_000), () => resolve()))
    const { standIn } = (res as unknown as Record<symbol, { standIn: unknown }>)[
      Object.getOwnPropertySymbols(res).find((symbol) => String(symbol) === "Symbol(holdfast.gate)")!
    ]!
    sizes.push(standIn === undefined ? 0 : 1)
    res.end()
  })
  const [res] = (await once(get(await serve(listener)), "response")) as [IncomingMessage]
  for await (const _ of res);
  expect(sizes).toEqual([0])
})

it("a second answer of a connection is sent, also where its handler throws after it", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {})
  const thrown = Promise.withResolvers<void>()
  const listener = nodeSession(slow())(async (req, res) => {
    req.session.data.n = 1
    if (req.url === "/1") await thrown.promise
    res.end(req.url === "/1" ? "one" : "two")
    if (req.url === "/1") return
    setImmediate(thrown.resolve)
    throw new Error("after the answer")
  })
  const ask = (path: string, last = ""): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n${last}\r\n`
  const bytes = await bytesOf(await serve(listener), ask("/1") + ask("/2", "connection: close\r\n"))
  expect([...bytes.matchAll(/\r\n\r\n(one|two)/g)].map((match) => match[1])).toEqual(["one", "two"])
})

it.each(["HEAD", "GET"])("a body that the server refuses is refused at the call: %s", async (method) => {
  const told: unknown[] = []
  const listener = nodeSession(slow())((req, res) => {
    req.session.data.n = 1
    try {
      if (method === "GET") res.writeHead(204)
      res.end("abc")
    } catch (error) {
      told.push((error as { code: string }).code)
      res.end()
    }
  })
  const url = await serve(listener, { rejectNonStandardBodyWrites: true })
  const response = await fetch(url, { method })
  expect([response.status, told]).toEqual([method === "GET" ? 204 : 200, ["ERR_HTTP_BODY_NOT_ALLOWED"]])
})

describe("Hono", () => {
  it("in plain Node is one session with it", async () => {
    const sessions = slow()
    const hono = new Hono().use(honoSession(sessions)).get("/", (c) => {
      c.var.session.login("ada")
      return c.text(String(sessions.of(c) === c.var.session))
    })
    const listener = getRequestListener(hono.fetch)
    const url = await serve(
      nodeSession(sessions)((req, res) => {
        req.session.data.outer = 1
        return listener(req, res)
      }),
    )
    const response = await fetch(url)
    expect([await response.text(), response.headers.getSetCookie().length]).toEqual(["true", 1])
    expect(await userOf(sessions, response)).toBe("ada")
  })

  it("keeps its session where other middleware makes a new request", async () => {
    const sessions = slow()
    const app = new Hono()
      .use(honoSession(sessions))
      .use(bodyLimit({ maxSize: 1000 }))
      .use(honoSession(sessions))
      .post("/", async (c) => {
        sessions.of(c).data.body = await c.req.text()
        return c.text(String(sessions.of(c) === c.var.session))
      })
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("text"))
        controller.close()
      },
    })
    const response = await app.request("/", { method: "POST", body, duplex: "half" } as RequestInit)
    expect([await response.text(), response.headers.getSetCookie().length]).toEqual(["true", 1])
  })

  it("leaves the tag of an answer that no cache asked for", async () => {
    const app = new Hono().use(honoSession(slow())).put("/", (c) => {
      c.var.session.data.n = 1
      c.header("etag", '"v1"')
      return c.text("stored")
    })
    const response = await app.request("/", { method: "PUT", headers: { "if-none-match": "*" } })
    expect(response.headers.get("etag")).toBe('"v1"')
  })
})

it("a thrown redirect to what is no ASCII is one, and a logout beside it holds", async () => {
  const sessions = slow()
  const wrapped = fetchSession(sessions)((_request, session) => {
    session.login("ada")
    throw { status: 303, location: "/привет?a=b%20c" }
  })
  const response = await wrapped(new Request("http://localhost/"))
  expect([response.status, response.headers.get("location")]).toEqual([
    303,
    "/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82?a=b%20c",
  ])
  expect(await userOf(sessions, response)).toBe("ada")
})

it.each([
  1, 2,
])("a call that Node refuses ends nothing where somebody has wrapped %i sessions in promises", async (count) => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on("unhandledRejection", note)
  open.push(() => process.off("unhandledRejection", note))
  const wrapped = (name: string): Sessions => {
    const sessions = slow({ name })
    return { ...sessions, commit: async (session, response) => sessions.commit(session, response) }
  }
  const onError = (_error: unknown, _req: unknown, res: unknown): void => {
    ;(res as ServerResponse).writeHead(500).end("failed")
  }
  const page = (req: IncomingMessage & { session: Session }, res: ServerResponse): void => {
    req.session.data.n = 1
    res.end(5 as never)
  }
  const inner = nodeSession(wrapped("one"), { onError })(page)
  const outer = nodeSession(wrapped("other"), { onError, property: "other" })((req, res) => {
    req.other.data.n = 1
    return inner(req, res)
  })
  const response = await fetch(await serve(count === 1 ? inner : outer))
  await sleep(20)
  expect([response.status, await response.text(), unhandled]).toEqual([500, "failed", []])
})

describe("the way to tell an old handler from who answers in its place", () => {
  // Where it is in use, Node 22 makes all promises somewhat dearer.
  it.each<[string, boolean]>([
    ["was not needed, since the response was ended", true],
    ["is not needed any more, since the response is closed", false],
  ])("is off where it %s", async (_name, isEnded) => {
    const off = vi.spyOn(AsyncLocalStorage.prototype, "disable")
    const run = vi.spyOn(AsyncLocalStorage.prototype, "run")
    const enter = vi.spyOn(AsyncLocalStorage.prototype, "enterWith")
    const app = express().use(expressSession(slow({ fails: true })), (req, res) => {
      req.session.data.n = 1
      if (isEnded) res.end("page")
      else res.write("page")
    })
    app.use(((_error, _req, res, _next) => void res.status(503).end("failed")) as express.ErrorRequestHandler)
    expect((await fetch(await serve(app as RequestListener))).status).toBe(503)
    const uses = run.mock.calls.length + enter.mock.calls.length
    if (isEnded) expect(uses).toBe(0)
    else await expect.poll(() => off.mock.calls.length).toBe(1)
  })

  it("is off where a page writes to a visitor who has left", async () => {
    const enter = vi.spyOn(AsyncLocalStorage.prototype, "enterWith")
    let hasWritten!: () => void
    const written = new Promise<void>((resolve) => {
      hasWritten = resolve
    })
    const listener = nodeSession(slow())(async (req, res) => {
      req.session.data.n = 1
      req.socket.destroy()
      await once(res, "close")
      res.write("to nobody")
      hasWritten()
    })
    await expect(fetch(await serve(listener))).rejects.toThrow()
    await written
    expect(enter).not.toHaveBeenCalled()
  })
})

it("a save() that nobody waits for and that fails does not end the process", async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on("unhandledRejection", note)
  open.push(() => process.off("unhandledRejection", note))
  const app = express().use(expressSession(slow({ fails: true })), (req, res) => {
    req.session.data.n = 1
    req.session.save()
    res.end("x")
  })
  app.use(((_error, _req, res, _next) => void res.status(503).end("failed")) as express.ErrorRequestHandler)
  const response = await fetch(await serve(app as RequestListener))
  await sleep(20)
  expect([response.status, unhandled]).toEqual([503, []])
})
