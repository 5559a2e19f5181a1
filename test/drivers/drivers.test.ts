import { execFile } from "node:child_process"
import { once } from "node:events"
import { createServer, get, type IncomingMessage, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { promisify } from "node:util"
import { createGunzip } from "node:zlib"
import { configure as serverlessExpress } from "@codegenie/serverless-express"
import compression from "compression"
import type { RequestHandler } from "express"
import { createProxyMiddleware } from "http-proxy-middleware"
import serverlessHttp from "serverless-http"
import { Server as SocketServer } from "socket.io"
import { io } from "socket.io-client"
import { afterEach, describe, expect, it } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import { session } from "../../src/adapters/express.ts"
import { opened } from "../adapters/serve.ts"
import { siteOf, slowSessions } from "./site.ts"

// What drives or reads a response by itself sees what it would see without sessions.

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function serve(listener: RequestListener): Promise<string> {
  const { url, close } = await opened(createServer(listener))
  open.push(close)
  return url
}

interface Answer {
  readonly status: number
  readonly location: string | null
  readonly cookie: string
  readonly body: string
}
/** Asks an application by whatever drives it. */
type Ask = (method: string, path: string, cookie?: string) => Promise<Answer>

async function visitAndSignIn(ask: Ask): Promise<void> {
  const visit = await ask("GET", "/visit")
  expect([visit.status, visit.location]).toEqual([302, "/next"])
  expect(visit.body).toContain("Redirecting")
  const login = await ask("POST", "/login", visit.cookie)
  expect([login.status, login.location]).toEqual([303, "/who"])
  const who = await ask("GET", "/who", login.cookie)
  expect([who.status, JSON.parse(who.body)]).toEqual([200, { userId: "ada", data: { visited: true } }])
}

function eventOf(method: string, path: string, cookie = "") {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: { host: "example.com", cookie },
    requestContext: { http: { method, path, sourceIp: "127.0.0.1" }, stage: "$default" },
    isBase64Encoded: false,
  }
}

interface Result {
  statusCode: number
  headers: Record<string, string>
  cookies?: string[]
  body: string
  isBase64Encoded?: boolean
}

function answerOf({ statusCode, headers, cookies = [], body, isBase64Encoded }: Result): Answer {
  return {
    status: statusCode,
    location: headers.location ?? null,
    cookie: (cookies[0] ?? headers["set-cookie"] ?? "").split(";")[0]!,
    body: isBase64Encoded ? Buffer.from(body, "base64").toString() : body,
  }
}

describe("functions as a service", () => {
  it("serverless-http", async () => {
    const call = serverlessHttp(siteOf(slowSessions()) as never)
    await visitAndSignIn(async (...asked) => answerOf((await call(eventOf(...asked), {})) as Result))
    const events = answerOf((await call(eventOf("GET", "/events"), {})) as Result)
    expect(events.body).toBe("data: first\n\ndata: second\n\n")
  })

  it("serverless-express", async () => {
    const call = serverlessExpress({ app: siteOf(slowSessions()) }) as unknown as (
      event: unknown,
      context: unknown,
    ) => Promise<Result>
    await visitAndSignIn(async (...asked) => answerOf(await call(eventOf(...asked), {})))
    const events = answerOf(await call(eventOf("GET", "/events"), {}))
    expect(events.body).toBe("data: first\n\ndata: second\n\n")
  })

  it("light-my-request, which changes Express for its process", async () => {
    const script = new URL("light-my-request.ts", import.meta.url).pathname
    const { stdout } = await promisify(execFile)(process.execPath, [script])
    expect(JSON.parse(stdout)).toEqual([
      [302, "/next", 1],
      [303, "/who", 1],
      [200, { userId: "ada", data: { visited: true } }],
      "data: first\n\ndata: second\n\n",
    ])
  })
})

/** Over the network, with a browser's headers. */
function askOver(url: string): Ask {
  return async (method, path, cookie = "") => {
    const response = await fetch(url + path, { method, headers: { cookie }, redirect: "manual" })
    return {
      status: response.status,
      location: response.headers.get("location"),
      cookie: (response.headers.getSetCookie()[0] ?? "").split(";")[0]!,
      body: await response.text(),
    }
  }
}

describe("compression", () => {
  /** Every page, however short. */
  const gzip = (): RequestHandler => compression({ threshold: 0, filter: () => true })

  it.each([
    "outside of the session",
    "inside of the session",
  ])("%s: pages, and events that arrive at once", async (order) => {
    const sessions = slowSessions()
    const seen = Promise.withResolvers<void>()
    const isSeen = (): Promise<void> => seen.promise
    const site = order.startsWith("outside")
      ? siteOf(sessions, [gzip()], [], isSeen)
      : siteOf(sessions, [], [gzip()], isSeen)
    const url = await serve(site as RequestListener)
    await visitAndSignIn(askOver(url))
    const req = get(`${url}/events`, { headers: { "accept-encoding": "gzip" } })
    const [res] = (await once(req, "response")) as [IncomingMessage]
    expect(res.headers["content-encoding"]).toBe("gzip")
    const text = res.pipe(createGunzip())
    const [first] = await once(text, "data")
    expect(String(first)).toBe("data: first\n\n")
    seen.resolve()
    const [second] = await once(text, "data")
    expect(String(second)).toBe("data: second\n\n")
  })
})

it("http-proxy-middleware", async () => {
  const target = await serve(siteOf(slowSessions()) as RequestListener)
  const sessions = slowSessions()
  const app = siteOf(sessions)
  app.use(
    "/behind",
    (req, _res, next) => {
      req.session.data.passed = true
      next()
    },
    createProxyMiddleware({ target, changeOrigin: true }) as RequestHandler,
  )
  const url = await serve(app as RequestListener)
  const response = await fetch(`${url}/behind/visit`, { redirect: "manual" })
  // One of the site behind, one of ours.
  expect([response.status, response.headers.get("location")]).toEqual([302, "/next"])
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]!)
  expect(cookies).toHaveLength(2)
  const found = await Promise.all(cookies.map((cookie) => sessions.open({ cookie }).load()))
  expect(found.filter(({ data }) => data.passed)).toHaveLength(1)
})

it("ws, whose handshake reads the session", async () => {
  const sessions = slowSessions()
  const server = createServer(siteOf(sessions) as RequestListener)
  const { url, close } = await opened(server)
  open.push(close)
  const sockets = new WebSocketServer({ noServer: true })
  server.on("upgrade", async (req, socket, head) => {
    const { userId } = await sessions.open(req.headers).load()
    sockets.handleUpgrade(req, socket, head, (client) => client.send(`hello ${userId}`))
  })
  const ask = askOver(url)
  await visitAndSignIn(ask)
  const { cookie } = await ask("POST", "/login")
  const client = new WebSocket(url.replace("http", "ws"), { headers: { cookie } })
  const [message] = await once(client, "message")
  expect(String(message)).toBe("hello ada")
  client.terminate()
})

it("socket.io, by either transport", async () => {
  const sessions = slowSessions()
  const server = createServer(siteOf(sessions) as RequestListener)
  const sockets = new SocketServer(server)
  sockets.engine.use(session(sessions))
  sockets.on("connection", (socket) => socket.emit("hello", sessions.of(socket.request).userId))
  const { close } = await opened(server)
  open.push(close, () => sockets.close())
  const { port } = server.address() as AddressInfo
  const ask = askOver(`http://127.0.0.1:${port}`)
  await visitAndSignIn(ask)
  const { cookie } = await ask("POST", "/login")
  for (const transport of ["polling", "websocket"]) {
    const client = io(`http://127.0.0.1:${port}`, {
      transports: [transport],
      extraHeaders: { cookie },
      forceNew: true,
    })
    const hello = await new Promise((resolve) => client.on("hello", resolve))
    expect(hello, transport).toBe("ada")
    client.close()
  }
})
