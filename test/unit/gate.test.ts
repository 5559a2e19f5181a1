import { createHash } from "node:crypto"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { type IncomingMessage, request, type ServerResponse } from "node:http"
import { connect, createServer as createHttp2 } from "node:http2"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough, Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { createGunzip } from "node:zlib"
import compression from "compression"
import express5 from "express"
// @ts-expect-error: Express 4 beside 5 under a name of its own has no types of its own
import express4 from "express4"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { session as expressSession } from "../../src/adapters/express.ts"
import { session as nodeSession } from "../../src/adapters/node.ts"
import { createSessions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { listen } from "../adapters/serve.ts"

// Every way to send a response, once without a gate and once behind one whose store takes its time: the client must
// not be able to tell, but for the cookie.

const MEGABYTE = Buffer.alloc(1_048_576, "0123456789abcdef")
const LINES = Array.from({ length: 50 }, (_, n) => `line ${n} ${"x".repeat(200)}\n`)

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown
const nodeRoutes: Record<string, Handler> = {
  "/end": (_req, res) => res.end("hello"),
  "/head-then-end": (_req, res) => res.writeHead(201, { "content-type": "text/x", "x-a": "1" }).end("hello"),
  "/reason": (_req, res) => res.writeHead(202, "Well Then", { "x-a": "1" }).end(),
  "/own-cookie": (_req, res) =>
    res.writeHead(200, { "set-cookie": ["a=1", "b=2"], "x-a": "1" }).end("cookies"),
  "/flat-array": (_req, res) =>
    res.writeHead(200, ["set-cookie", "a=1", "set-cookie", "b=2", "x-a", "1"]).end("flat"),
  "/204": (_req, res) => res.writeHead(204).end(),
  "/304": (_req, res) => res.writeHead(304, { etag: '"1"' }).end(),
  "/writes": async (_req, res) => {
    for (const line of LINES) if (!res.write(line)) await once(res, "drain")
    res.end("the end")
  },
  "/writes-at-once": (_req, res) => {
    for (const line of LINES) res.write(line)
    res.end()
  },
  "/write-callback": (_req, res) => res.write("one", () => res.end("two")),
  "/pipe": (_req, res) => Readable.from(chunks()).pipe(res),
  "/pipe-with-length": (_req, res) => {
    res.setHeader("content-length", MEGABYTE.length)
    const source = new PassThrough()
    source.end(MEGABYTE)
    source.pipe(res)
  },
  "/events": async (_req, res) => {
    res.setHeader("content-type", "text/event-stream")
    res.flushHeaders()
    for (let n = 0; n < 3; n++) {
      res.write(`data: ${n}\n\n`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    res.end()
  },
  "/late-header": (_req, res) => {
    res.end("sent")
    let code: unknown
    try {
      res.setHeader("x-late", "1")
    } catch (error) {
      code = (error as { code?: unknown }).code
    }
    late.push({ code, headersSent: res.headersSent, writableEnded: res.writableEnded })
  },
}

/** What the handlers of "/late-header" saw. */
const late: unknown[] = []

const expressRoutes: Record<string, (req: express5.Request, res: express5.Response) => unknown> = {
  ...nodeRoutes,
  "/json": (_req, res) => res.json({ hello: "world" }),
  "/redirect": (_req, res) => res.redirect("/elsewhere"),
  "/fresh": (_req, res) => res.set("etag", '"1"').send("unchanged"),
  "/file": (_req, res) => res.sendFile("big.txt", { root: directory }),
  "/throw-after-send": (_req, res) => {
    res.json({ sent: true })
    throw new Error("after the answer")
  },
}

function* chunks(): Generator<Buffer> {
  for (let at = 0; at < MEGABYTE.length; at += 16_384) yield MEGABYTE.subarray(at, at + 16_384)
}

let directory = ""
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-gate-"))
  await writeFile(join(directory, "big.txt"), MEGABYTE)
})
afterAll(() => rm(directory, { recursive: true }))

/** Sessions whose store needs a moment for each write, so that every commit leaves the gate waiting. */
function slowSessions(): Sessions<{ n?: number }> {
  const store = memoryStore()
  const create: typeof store.create = async (record) => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return store.create(record)
  }
  return createSessions({ store: { ...store, create } })
}

interface Seen {
  status: number | undefined
  headers: Record<string, unknown>
  body: string
}

/** What a client sees, but for what differs from run to run. */
async function see(url: string, method: string, headers: Record<string, string>): Promise<Seen> {
  const req = request(url, { method, headers, agent: false })
  req.end()
  const [res] = (await once(req, "response")) as [IncomingMessage]
  const hash = createHash("sha256")
  const isGzip = res.headers["content-encoding"] === "gzip" && method !== "HEAD"
  for await (const chunk of isGzip ? res.pipe(createGunzip()) : res) hash.update(chunk)
  const {
    date: _date,
    connection: _connection,
    "keep-alive": _alive,
    "cache-control": _cache,
    ...rest
  } = res.headers
  const seen = { ...rest, reason: res.statusMessage, complete: res.complete }
  return { status: res.statusCode, headers: seen, body: hash.digest("hex") }
}

/** The same without what the session adds; fails unless it did add its cookie. */
function withoutSession({ headers, ...seen }: Seen): Seen {
  const { vary, ...rest } = headers
  const cookies = (headers["set-cookie"] ?? []) as string[]
  expect(cookies.filter((cookie) => cookie.startsWith("__Host-session="))).toHaveLength(1)
  const others = cookies.filter((cookie) => !cookie.startsWith("__Host-session="))
  const names = String(vary)
    .split(", ")
    .filter((name) => name !== "Cookie")
  if (others.length > 0) rest["set-cookie"] = others
  else delete rest["set-cookie"]
  if (names.length > 0) rest.vary = names.join(", ")
  return { ...seen, headers: rest }
}

type Middleware = express5.RequestHandler
function expressApp(express: typeof express5, middlewares: Middleware[]): express5.Express {
  const app = express()
  app.set("env", "test") // no stack traces on the console
  for (const middleware of middlewares) app.use(middleware)
  for (const [path, handler] of Object.entries(expressRoutes)) app.all(path, handler)
  return app
}

function changed(req: express5.Request, _res: unknown, next: () => void): void {
  req.session.data.n = 1
  next()
}

const setups = {
  "express 5": expressVariants(express5, "none"),
  "express 5, compression outside": expressVariants(express5, "outside"),
  "express 5, compression inside": expressVariants(express5, "inside"),
  "express 4": expressVariants(express4, "none"),
  "express 4, compression outside": expressVariants(express4, "outside"),
  "express 4, compression inside": expressVariants(express4, "inside"),
  "node:http": {
    routes: Object.keys(nodeRoutes),
    bare: (): Handler => (req, res) => nodeRoutes[req.url!]!(req, res),
    gated: (): Handler =>
      nodeSession(slowSessions())((req, res) => {
        req.session.data.n = 1
        return nodeRoutes[req.url!]!(req, res)
      }),
  },
}

function expressVariants(express: typeof express5, place: "none" | "outside" | "inside") {
  const outer = place === "outside" ? [compression()] : []
  const inner = place === "inside" ? [compression()] : []
  return {
    routes: Object.keys(expressRoutes),
    bare: () => expressApp(express, [...outer, ...inner]),
    gated: () => expressApp(express, [...outer, expressSession(slowSessions()), changed, ...inner]),
  }
}

describe.each(Object.entries(setups))("behind the gate on %s", (_name, { routes, bare, gated }) => {
  let bareServer: Awaited<ReturnType<typeof listen>>
  let gatedServer: Awaited<ReturnType<typeof listen>>
  beforeAll(async () => {
    bareServer = await listen(bare() as Handler)
    gatedServer = await listen(gated() as Handler)
  })
  afterAll(async () => {
    await bareServer.close()
    await gatedServer.close()
  })

  for (const route of routes)
    for (const [how, method, headers] of [
      ["GET", "GET", {}],
      ["HEAD", "HEAD", {}],
      ["GET, gzip", "GET", { "accept-encoding": "gzip" }],
      ["GET, not modified", "GET", { "if-none-match": '"1"' }],
    ] as const)
      it(`${route} looks the same: ${how}`, async () => {
        const expected = await see(bareServer.url + route, method, headers)
        const seen = await see(gatedServer.url + route, method, headers)
        expect(withoutSession(seen)).toEqual(expected)
        const told = { code: "ERR_HTTP_HEADERS_SENT", headersSent: true, writableEnded: true }
        expect(late.splice(0)).toEqual(route === "/late-header" ? [told, told] : [])
      })
})

describe("the gate", () => {
  it("holds a 1 MB pipe back while the session is being stored, and does not buffer it", async () => {
    let pulled = 0
    let pulledWhileWaiting = 0
    const release = Promise.withResolvers<void>()
    const store = memoryStore()
    const create: typeof store.create = async (record) => {
      await release.promise
      pulledWhileWaiting = pulled
      return store.create(record)
    }
    const sessions = createSessions({ store: { ...store, create } })
    const { url, close } = await listen(
      nodeSession(sessions)((req, res) => {
        req.session.data.n = 1
        const counted = (function* () {
          for (const chunk of chunks()) {
            pulled += chunk.length
            yield chunk
          }
        })()
        Readable.from(counted, { highWaterMark: 1 }).pipe(res)
        setTimeout(release.resolve, 30)
      }),
    )
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(MEGABYTE.length)
    expect(pulledWhileWaiting).toBeLessThan(MEGABYTE.length / 4)
    await close()
  })

  it("stores the session of a client that disconnects midway, and goes on serving", async () => {
    const sessions = slowSessions()
    const errors: unknown[] = []
    const answered = Promise.withResolvers<void>()
    let result: unknown
    const commit: typeof sessions.commit = async (session, response) => {
      const outcome = await sessions.commit(session, response)
      result = outcome.result
      setTimeout(answered.resolve, 20)
      return outcome
    }
    const onError = (error: unknown): void => void errors.push(error)
    const { url, close } = await listen(
      nodeSession(
        { ...sessions, commit },
        { onError },
      )((req, res) => {
        if (req.url !== "/leave") {
          res.end("alive")
          return
        }
        req.session.data.n = 1
        req.socket.destroy(new Error("gone"))
        res.write("to nobody")
        Readable.from(chunks()).pipe(res)
      }),
    )
    await expect(fetch(`${url}/leave`)).rejects.toThrow()
    await answered.promise
    expect(result).toBe("create")
    expect(errors).toEqual([])
    expect(await (await fetch(url)).text()).toBe("alive")
    await close()
  })

  it("turns a failed save into an error that carries nothing of the answer", async () => {
    const create = (): Promise<never> => Promise.reject(new Error("down"))
    const sessions = createSessions({ store: { ...memoryStore(), create } })
    const seen: unknown[] = []
    const app = expressApp(express5, [
      (_req, res, next) => {
        res.set({ "x-outer": "stays", "content-security-policy": "default-src 'none'" })
        next()
      },
      expressSession(sessions),
      changed,
    ])
    app.use((error: Error & { code?: string }, _req: unknown, res: express5.Response, _next: unknown) => {
      seen.push(error.code)
      res.status(503).json({ error: error.message })
    })
    const { url, close } = await listen(app as unknown as Handler)
    for (const path of ["/json", "/file", "/writes", "/events", "/own-cookie", "/pipe", "/redirect"]) {
      const response = await fetch(url + path, { redirect: "manual" })
      expect(response.status, path).toBe(503)
      expect(await response.json()).toEqual({ error: "The session store failed while creating a session" })
      expect(response.headers.getSetCookie()).toEqual([])
      expect(response.headers.get("location")).toBe(null)
      expect(response.headers.get("x-outer")).toBe("stays")
      expect(response.headers.get("content-security-policy")).toBe("default-src 'none'")
    }
    expect(seen).toEqual(Array(7).fill("ERR_SESSION_STORE"))
    await close()
  })

  it("passes everything through over HTTP/2", async () => {
    const withSession = nodeSession(slowSessions())
    const server = createHttp2(
      withSession<import("node:http2").Http2ServerRequest, import("node:http2").Http2ServerResponse>(
        (req, res) => {
          req.session.data.n = 1
          const handler = nodeRoutes[req.url]!
          return handler(req as unknown as IncomingMessage, res as unknown as ServerResponse)
        },
      ),
    )
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    for (const path of [
      "/end",
      "/head-then-end",
      "/own-cookie",
      "/writes",
      "/pipe",
      "/events",
      "/304",
      "/late-header",
    ]) {
      const stream = client.request({ ":path": path })
      const [headers] = (await once(stream, "response")) as [Record<string, unknown>]
      const cookies = headers["set-cookie"] as string[]
      expect(
        cookies.filter((cookie) => cookie.startsWith("__Host-session=")),
        path,
      ).toHaveLength(1)
      if (path === "/own-cookie") expect(cookies).toHaveLength(3)
      const body = await text(stream)
      if (path === "/pipe") expect(body).toHaveLength(MEGABYTE.length)
      if (path === "/writes") expect(body).toBe(`${LINES.join("")}the end`)
    }
    expect(late.splice(0)).toEqual([
      { code: "ERR_HTTP2_HEADERS_SENT", headersSent: true, writableEnded: true },
    ])
    client.close()
    await new Promise((resolve) => server.close(resolve))
  })
})
