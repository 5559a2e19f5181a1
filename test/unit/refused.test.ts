import { randomBytes } from "node:crypto"
import { once } from "node:events"
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
  type ServerResponse,
} from "node:http"
import { type AddressInfo, connect } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import compression from "compression"
import express, { type ErrorRequestHandler, type RequestHandler, type Response } from "express"
import { afterEach, describe, expect, it, vi } from "vitest"
import { session } from "../../src/adapters/express.ts"
import { session as nodeSession } from "../../src/adapters/node.ts"
import { createSessions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { opened } from "../adapters/serve.ts"

// A response that waits for its session: when the save fails the error's answer is all that leaves, and when its client leaves,
// nothing of it stays.

const open: (() => unknown)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(open.splice(0).map((close) => close()))
})

function failing(): Sessions {
  const create = async (): Promise<never> => {
    await sleep(10)
    throw new Error("down")
  }
  return createSessions({ store: { ...memoryStore(), create }, cookie: { secure: false } })
}

const LARGE = randomBytes(500_000)
const ANSWERS: Readonly<Record<string, (res: Response) => unknown>> = {
  "that was ended": (res) => res.type("text").send("the page"),
  "that is large and incompressible": (res) => res.type("text").send(LARGE),
  "that is still streaming": async (res) => {
    res.type("text").write("a ")
    await sleep(30)
    res.write("b ")
    res.write("c ", (error) => res.locals.told.push(error?.message))
    await sleep(60)
    res.end("d")
  },
  "that streams more than is taken at once": async (res) => {
    res.type("text")
    for (let n = 0; n < 5; n++) if (!res.write(LARGE)) await once(res, "drain")
    res.end()
    res.locals.told.push("ran dry")
  },
}
type Page = (res: ServerResponse) => void
const ended: Page = (res) => void res.end("page")
const begun: Page = (res) => void res.write("page")
/** Ends its connection, too, so that the page can't be sent any more. */
const closed: Page = (res) => {
  const { socket } = res
  res.end("page")
  socket?.end("bye")
  socket?.destroy()
}

const gzip = (): RequestHandler => compression({ threshold: 0, filter: () => true })
const COMPRESSIONS = {
  "no compression": [[], []],
  "compression outside": [[gzip()], []],
  "compression inside": [[], [gzip()]],
} satisfies Record<string, [RequestHandler[], RequestHandler[]]>

describe.each(Object.entries(COMPRESSIONS))("with %s, a save that fails", (name, [before, after]) => {
  describe.each(["at once", "later"])("and an error handler that answers %s", (when) => {
    it.each(Object.entries(ANSWERS))("refuses an answer %s", async (answer, page) => {
      const told: unknown[] = []
      const app = express()
      for (const middleware of before) app.use(middleware)
      app.use(session(failing()))
      for (const middleware of after) app.use(middleware)
      app.get("/", (req, res, next) => {
        res.locals.told = told
        req.session.data.n = 1
        Promise.resolve(page(res)).catch(next)
      })
      const onError: ErrorRequestHandler = async (error, _req, res, _next) => {
        if (when === "later") await sleep(50)
        res.status(503).type("text").send(`failed: ${error.code}`)
      }
      app.use(onError)
      const { url, close } = await opened(createServer(app as RequestListener))
      open.push(close)
      const response = await fetch(url)
      expect([response.status, await response.text()]).toEqual([503, "failed: ERR_SESSION_STORE"])
      expect(response.headers.getSetCookie()).toEqual([])
      if (answer.includes("still"))
        await expect.poll(() => told).toEqual([expect.stringContaining("taken back")])
      // Compression inside stops for good once the response is closed.
      const isStopped = name.endsWith("inside")
      if (answer.includes("more") && !isStopped) await expect.poll(() => told).toEqual(["ran dry"])
    })
  })
})

it("middleware around that breaks midway cuts the connection, since a part of the answer has left", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {})
  const asked: unknown[] = []
  const app = express().use((_req, res, next) => {
    const { write } = res
    let calls = 0
    res.write = ((...args: Parameters<typeof write>) => {
      if (++calls === 2) throw new Error("broken")
      return write.apply(res, args)
    }) as typeof write
    next()
  })
  app.use(session(createSessions({ store: memoryStore(), cookie: { secure: false } })))
  app.get("/", (req, res) => {
    req.session.data.n = 1
    for (const part of ["a", "b", "c"]) res.write(part)
    res.end()
  })
  app.get("/sound", (_req, res) => void res.send("alive"))
  app.use(((error, _req, res, _next) => {
    asked.push(error)
    res.end("handled")
  }) as ErrorRequestHandler)
  const { url, close } = await opened(createServer(app as RequestListener))
  open.push(close)
  await expect(fetch(url).then((response) => response.text())).rejects.toThrow()
  expect(log.mock.calls.map(([error]) => String(error))).toEqual(["Error: broken"])
  expect(asked).toEqual([])
  expect(await (await fetch(`${url}/sound`)).text()).toBe("alive")
})

describe("a client that leaves while its response waits", () => {
  /** A page that answers, `created` until its store answers. */
  async function serve(page: Page) {
    let answer!: () => void
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const store = memoryStore()
    const create: typeof store.create = (record) => answered.then(() => store.create(record))
    let asked!: () => void
    const reached = new Promise<void>((resolve) => {
      asked = resolve
    })
    const sessions = createSessions({ store: { ...store, create }, cookie: { secure: false } })
    const server = createServer(
      nodeSession(sessions)((req, res) => {
        req.session.data.n = 1
        res.on("error", () => {})
        page(res)
        asked()
      }),
    )
    const { close } = await opened(server)
    open.push(close)
    const { port } = server.address() as AddressInfo
    const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
    client.on("error", () => {}).resume()
    client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    await reached
    return { server, client, answer }
  }
  const connections = (server: Server): Promise<number> =>
    new Promise((resolve, reject) =>
      server.getConnections((error, n) => (error ? reject(error) : resolve(n))),
    )

  it.each([
    ["half-closes after the end", ended, "end"],
    ["leaves after the end", ended, "destroy"],
    ["is cut off after the end", ended, "resetAndDestroy"],
    ["half-closes after a write", begun, "end"],
    ["leaves after a write", begun, "destroy"],
    ["is cut off after a write", begun, "resetAndDestroy"],
  ] as const)("%s", async (_name, page, leave) => {
    const { server, client, answer } = await serve(page)
    client[leave]()
    await sleep(20)
    answer()
    await expect.poll(() => connections(server)).toBe(0)
  })

  it("stays, where the page has closed its connection itself", async () => {
    const { server, answer } = await serve(closed)
    answer()
    await expect.poll(() => connections(server)).toBe(0)
  })

  it("a server that is closed meanwhile still answers", async () => {
    const create = async (record: never): Promise<never> => {
      await sleep(30)
      return store.create(record) as never
    }
    const store = memoryStore()
    const sessions = createSessions({
      store: { ...store, create: create as never },
      cookie: { secure: false },
    })
    const server = createServer(
      nodeSession(sessions)((req, res) => {
        req.session.data.n = 1
        res.end("the page")
        server.close()
      }),
    )
    const { url } = await opened(server)
    const req = request(url, { agent: false }).end()
    const [res] = (await once(req, "response")) as [IncomingMessage]
    let text = ""
    for await (const chunk of res) text += chunk
    expect([res.statusCode, text]).toEqual([200, "the page"])
  })
})
