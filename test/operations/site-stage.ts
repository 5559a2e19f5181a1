import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http"
import { createServer as createEncrypted } from "node:https"
import type { AddressInfo } from "node:net"
import express, { type Express } from "express"
import { session } from "../../src/adapters/express.ts"
import { type CookieOptions, createSessions, type Session } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import type { Certificate } from "../services/certificate.ts"

/** What the applications here keep in a session. */
interface Data {
  visits?: number
}

/** Where servers of a stage are, and the way to end them all. */
export interface Stage extends AsyncDisposable {
  /** An Express application with our sessions, by plain http. Gives its URL. */
  app(options?: AppOptions): Promise<string>
  /** A proxy in front of a URL, which ends TLS if it has a certificate. Gives its URL. */
  proxy(target: string, options?: ProxyOptions): Promise<string>
}

export interface AppOptions {
  readonly cookie?: CookieOptions
  /** Keeps sessions in the cookie, and not in a store of the application's own. */
  readonly seal?: readonly [string]
  /** Pages of its own, before those that every application here has. */
  readonly pages?: (app: Express) => void
  /** Runs before the session's middleware. */
  readonly before?: (app: Express) => void
}

/** An answer on its way through a proxy. */
export interface Reply {
  readonly status: number
  readonly headers: readonly Header[]
  readonly body: Buffer
}

export type Header = readonly [name: string, value: string]

export interface ProxyOptions {
  readonly certificate?: Certificate
  /** Where it listens. */
  readonly host?: string
  readonly port?: number
  /** What it does with a request; `pass` asks the target. */
  readonly handle?: (req: IncomingMessage, pass: () => Promise<Reply>) => Reply | Promise<Reply>
}

/** A stage for one test. */
export function openStage(): Stage {
  const servers: Server[] = []
  const open = async (server: Server, host = "127.0.0.1", port = 0): Promise<number> => {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject)
      server.listen(port, host, resolve)
    })
    servers.push(server)
    return (server.address() as AddressInfo).port
  }
  return {
    async app(options) {
      return `http://127.0.0.1:${await open(createServer(appOf(options)))}`
    },
    async proxy(target, { certificate, host = "127.0.0.1", port, handle = passing } = {}) {
      const scheme = certificate ? "https" : "http"
      const listener = (req: IncomingMessage, res: ServerResponse): void => {
        const pass = (): Promise<Reply> => forward(target, req, scheme)
        Promise.resolve(handle(req, pass)).then(
          ({ status, headers, body }) => res.writeHead(status, headers.flat()).end(body),
          () => res.writeHead(502).end(),
        )
      }
      const server = certificate ? createEncrypted(certificate, listener) : createServer(listener)
      const actual = await open(server, host, port)
      return `${scheme}://${host}${port === undefined ? `:${actual}` : ""}`
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

function passing(_req: IncomingMessage, pass: () => Promise<Reply>): Promise<Reply> {
  return pass()
}

/** What a proxy does that changes headers of answers: one value, none or several for each line. */
export function editing(edit: (name: string, value: string) => string | readonly string[] | undefined): {
  readonly handle: NonNullable<ProxyOptions["handle"]>
} {
  return {
    async handle(_req, pass) {
      const { headers, ...reply } = await pass()
      const edited = headers.flatMap(([name, value]) =>
        [edit(name.toLowerCase(), value) ?? []].flat().map((each): Header => [name, each]),
      )
      return { ...reply, headers: edited }
    },
  }
}

/** Changes the lines `Set-Cookie` alone. */
export function editingCookies(
  edit: (line: string) => string | readonly string[] | undefined,
): ReturnType<typeof editing> {
  return editing((name, value) => (name === "set-cookie" ? edit(value) : value))
}

function appOf({ pages, before, cookie = {}, seal }: AppOptions = {}): Express {
  const app = express()
  before?.(app)
  const rest = { cookie, warn: () => {} }
  const sessions = seal
    ? createSessions<Data>({ seal, ...rest })
    : createSessions<Data>({ store: memoryStore(), ...rest })
  app.use(session(sessions))
  pages?.(app)
  app.get("/", (req, res) => {
    const { data } = sessionOf(req)
    data.visits = (data.visits ?? 0) + 1
    res.send(`visit ${data.visits}`)
  })
  app.get("/about", (_req, res) => {
    res.send("about us")
  })
  return app
}

/** The session of a request to an application of the stage. */
export function sessionOf(req: object): Session<Data> {
  return (req as { session: Session<Data> }).session
}

function forward(target: string, req: IncomingMessage, scheme: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { ...req.headers, "x-forwarded-proto": scheme, connection: "close" }
    const asked = request(new URL(req.url ?? "/", target), { method: req.method, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on("data", (chunk) => chunks.push(chunk))
      answer.once("end", () => {
        const lines = Array.from(
          { length: answer.rawHeaders.length / 2 },
          (_, at): Header => [answer.rawHeaders[2 * at]!, answer.rawHeaders[2 * at + 1]!],
        )
        const ours = lines.filter(([name]) => !/^(?:connection|keep-alive|transfer-encoding)$/i.test(name))
        resolve({ status: answer.statusCode ?? 502, headers: ours, body: Buffer.concat(chunks) })
      })
    })
    asked.once("error", reject)
    asked.end()
  })
}
