import { once } from "node:events"
import { Agent, createServer, get, type IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { setFlagsFromString } from "node:v8"
import express, { type ErrorRequestHandler } from "express"
import { afterEach, describe, expect, it } from "vitest"
import { session as expressSession } from "../../src/adapters/express.ts"
import { session } from "../../src/adapters/node.ts"
import { createSessions, type Session, type Store } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { listen } from "../adapters/serve.ts"

type Handler = (req: IncomingMessage & { session: Session }, res: ServerResponse) => void

const open: { close(): void }[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

/** A site whose store creates nothing before `answer()` is called, and a visitor who keeps one connection. */
async function serve(handler: Handler) {
  const store = memoryStore()
  let answer!: () => void
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  const create: typeof store.create = (record) => answered.then(() => store.create(record))
  const sessions = createSessions({ store: { ...store, create }, cookie: { secure: false } })
  const server = createServer(session(sessions)(handler)).listen(0, "127.0.0.1")
  await once(server, "listening")
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  open.push(server, { close: () => agent.destroy() })
  const { port } = server.address() as AddressInfo
  const ask = (cookie = "") => get({ port, agent, headers: { cookie } })
  async function visit(cookie?: string): Promise<IncomingMessage> {
    const [response] = (await once(ask(cookie), "response")) as [IncomingMessage]
    response.resume()
    await once(response, "end")
    return response
  }
  return { ask, visit, answer }
}

/** The store, with a moment for each record that it creates. */
function slow(store: Store): Store {
  return {
    ...store,
    create: (record) => new Promise((resolve) => setTimeout(resolve, 5)).then(() => store.create(record)),
  }
}

describe("while a response waits for its commit", () => {
  it("what was put on the response itself pretends too, and is there again afterwards", async () => {
    let during: unknown
    let own: unknown
    let response!: ServerResponse
    const { visit, answer } = await serve((req, res) => {
      response = res
      const { setHeader } = res
      own = res.setHeader = function (this: ServerResponse, name, value) {
        return setHeader.call(this, name, value)
      }
      req.session.data.n = 1
      res.setHeader("x-before", "1")
      res.end()
      try {
        res.setHeader("x-after", "1")
      } catch (error) {
        during = (error as { code?: unknown }).code
      }
      answer()
    })
    expect((await visit()).headers["x-before"]).toBe("1")
    expect(during).toBe("ERR_HTTP_HEADERS_SENT")
    expect(response.setHeader).toBe(own)
  })

  it("another prototype may be given to it, which stays", async () => {
    const other = Object.create(ServerResponse.prototype)
    let response!: ServerResponse
    const { visit, answer } = await serve((req, res) => {
      response = res
      req.session.data.n = 1
      res.end()
      Object.setPrototypeOf(res, other)
      answer()
    })
    expect((await visit()).statusCode).toBe(200)
    expect(Object.getPrototypeOf(response)).toBe(other)
  })

  it("a sub-application of Express may send and pass on, as without a gate", async () => {
    const told: unknown[] = []
    const app = express()
    const part = express()
    app.use(expressSession(createSessions({ store: slow(memoryStore()) })))
    part.get("/", (req, res, next) => {
      req.session.data.n = 1
      res.set("x-part", "1").send("sent by the part")
      next() // out of the part, which gives the response another prototype
    })
    app.use(part, (_req, res) => {
      told.push(res.headersSent, res.writableEnded)
      res.status(404).send("sent by nobody")
    })
    app.use(((error, _req, _res, _next) => void told.push(error.code)) as ErrorRequestHandler)
    const { url, close } = await listen(app)
    try {
      const response = await fetch(url)
      expect([response.status, await response.text()]).toEqual([200, "sent by the part"])
      expect(told).toEqual([true, true, "ERR_HTTP_HEADERS_SENT"])
    } finally {
      await close()
    }
  })

  it("the way to listen that somebody kept from then works afterwards", async () => {
    let listeners = 0
    const { visit, answer } = await serve((req, res) => {
      req.session.data.n = 1
      res.write("one")
      const { on } = res
      answer()
      res.on("finish", () => {
        on.call(res, "drain", () => {})
        listeners = res.listenerCount("drain")
      })
      res.end("two")
    })
    await visit()
    expect(listeners).toBe(1)
  })

  it("a connection that is to be closed is closed once all was sent", async () => {
    let socket!: Socket
    const { ask, answer } = await serve((req, res) => {
      socket = req.socket
      req.session.data.n = 1
      res.end("all of it")
      req.socket.destroy()
      expect(socket.destroyed).toBe(false)
      answer()
    })
    const [response] = (await once(ask(), "response")) as [IncomingMessage]
    let text = ""
    for await (const chunk of response) text += chunk
    expect(text).toBe("all of it")
    await expect.poll(() => socket.destroyed).toBe(true)
  })

  it("a client that leaves is told to whoever sent", async () => {
    const told: unknown[] = []
    let isThere!: () => void
    const arrived = new Promise<void>((resolve) => {
      isThere = resolve
    })
    let response!: ServerResponse
    const { ask, answer } = await serve((req, res) => {
      response = res
      req.session.data.n = 1
      res.write("to nobody", (error) => told.push(error?.message))
      isThere()
    })
    const request = ask().on("error", () => {})
    await arrived
    request.destroy()
    await expect.poll(() => response.destroyed).toBe(true)
    answer()
    await expect.poll(() => told).toEqual(["Cannot call write after a stream was destroyed"])
  })
})

// An object whose properties come and go turns into a hash table, and slows down all code that ever meets it; what is
// put on a connection anew with every request keeps the garbage of old ones alive. Nothing but the time it takes tells.

setFlagsFromString("--allow-natives-syntax")
const isFast = new Function("object", "return %HasFastProperties(object)") as (object: object) => boolean
setFlagsFromString("--no-allow-natives-syntax")

it("a response and its connection stay as fast as they were, also when it waited for a commit", async () => {
  const areFast: boolean[] = []
  const sockets = new Set<Socket>()
  const whileWaiting = new Set<unknown>()
  const { visit, answer } = await serve((req, res) => {
    req.session.data.n = Number(req.session.data.n ?? 0) + 1
    res.setHeader("x-count", String(req.session.data.n))
    const { socket } = req
    sockets.add(socket)
    res.on("finish", () => areFast.push(isFast(res), isFast(socket)))
    res.end("done")
    whileWaiting.add(socket.destroy)
    answer()
  })
  let cookie = ""
  for (let n = 1; n <= 5; n++) {
    const { headers } = await visit(cookie)
    expect(headers["x-count"]).toBe(`${n}`)
    cookie = headers["set-cookie"]?.[0]?.split(";")[0] ?? cookie
  }
  expect(sockets.size).toBe(1)
  expect(areFast).toEqual(Array(10).fill(true))
  expect(whileWaiting.size).toBe(1)
})
