import { createServer, type RequestListener, type ServerResponse } from "node:http"
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from "node:http2"
import type { AddressInfo, Server } from "node:net"
import { serve as serveFetch } from "@hono/node-server"
import express5 from "express"
// @ts-expect-error: Express 4 beside 5 under a name of its own has no types of its own
import express4 from "express4"
import createFastify from "fastify"
import { Hono } from "hono"
import Koa from "koa"
import { session as expressSession } from "../../src/adapters/express.ts"
import { session as fastifySession } from "../../src/adapters/fastify.ts"
import { session as honoSession } from "../../src/adapters/hono.ts"
import { session as koaSession } from "../../src/adapters/koa.ts"
import { session as nodeSession } from "../../src/adapters/node.ts"
import type { Session, Sessions } from "../../src/index.ts"
import { type Misuse, ROWS } from "./rows.ts"

export type Response = ServerResponse
export type Tell = (...what: unknown[]) => void
/** What a page does to its session before it misuses its response; without sessions nothing. */
export type Touch = (session: Session | undefined) => void

export interface Site {
  readonly port: number
  close(): void
}

/** Serves every row at `/<name>`, with `sessions` or without. */
export type Serve = (sessions: Sessions | undefined, touch: Touch, tell: Tell) => Promise<Site>

const rowOf = (url: string | undefined): Misuse => ROWS.get(decodeURIComponent((url ?? "").slice(1))) ?? {}
const failed = (error: { statusCode?: number; code?: string }): [number, string] => [
  error.statusCode ?? 500,
  `failed: ${error.code ?? "error"}`,
]

export const SERVERS: Readonly<Record<string, Serve>> = {
  "express 5": serveExpress(express5),
  "express 4": serveExpress(express4),

  "node:http": async (sessions, touch, tell) => {
    const handler = (req: { url?: string | undefined; session?: Session }, res: ServerResponse): unknown => {
      touch(req.session)
      return rowOf(req.url).raw?.(res, tell)
    }
    return opened(
      createServer(
        sessions
          ? (nodeSession(sessions, { onError: answer })(handler as never) as RequestListener)
          : bare(handler),
      ),
    )
  },

  http2: async (sessions, touch, tell) => {
    const handler = (req: Http2ServerRequest & { session?: Session }, res: Http2ServerResponse): unknown => {
      touch(req.session)
      return rowOf(req.url).raw?.(res as unknown as ServerResponse, tell)
    }
    const withSession = sessions && nodeSession(sessions, { onError: answer })
    return opened(
      createHttp2(
        withSession ? withSession<Http2ServerRequest, Http2ServerResponse>(handler) : bare(handler),
      ),
    )
  },

  fastify: async (sessions, touch, tell) => {
    const app = createFastify()
    app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
      const [status, body] = failed(error)
      reply.code(status).send(body)
    })
    if (sessions) await app.register(fastifySession(sessions))
    app.all("/*", (request, reply) => {
      touch(sessions ? (request.session as Session) : undefined)
      const row = rowOf(request.raw.url)
      if (row.fastify) return row.fastify(reply, tell)
      reply.hijack()
      return bare((_req, res: ServerResponse) => row.raw?.(res, tell))(request.raw, reply.raw)
    })
    await app.listen({ port: 0, host: "127.0.0.1" })
    return { port: (app.server.address() as AddressInfo).port, close: () => app.server.closeAllConnections() }
  },

  koa: async (sessions, touch, tell) => {
    const app = new Koa()
    app.silent = true
    if (sessions) app.use(koaSession(sessions))
    app.use(async (ctx) => {
      touch(sessions ? (ctx.session as Session) : undefined)
      const row = rowOf(ctx.url)
      if (row.koa) return row.koa(ctx as never, tell)
      ctx.respond = false
      return row.raw?.(ctx.res, tell)
    })
    return opened(createServer(app.callback() as RequestListener))
  },

  hono: async (sessions, touch, tell) => {
    const app = new Hono<{ Variables: { session: Session } }>()
    app.onError((error, c) => {
      const [status, body] = failed(error as { statusCode?: number })
      return c.text(body, status as 500)
    })
    app.use(sessions ? honoSession(sessions) : async (_c, next) => void (await next()))
    app.all("*", (c) => {
      touch(sessions ? c.var.session : undefined)
      return rowOf(new URL(c.req.url).pathname).hono!(c, tell) as never
    })
    return new Promise((resolve) => {
      const server = serveFetch({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
        resolve({ port, close: () => void server.close() }),
      )
    })
  },
}

/** Which rows a server has a response for. */
export function hasRow(server: string, { raw, fastify, koa, hono }: Misuse): boolean {
  if (server === "fastify") return Boolean(fastify ?? raw)
  if (server === "koa") return Boolean(koa ?? raw)
  return Boolean(server === "hono" ? hono : raw)
}

function serveExpress(express: typeof express5): Serve {
  return async (sessions, touch, tell) => {
    const app = express()
    app.set("env", "production") // no stacks in the pages of errors
    if (sessions) app.use(expressSession(sessions))
    app.use((req, res, next) => {
      touch(req.session as Session | undefined)
      const made = rowOf(req.url).raw?.(res, tell) as Promise<unknown> | undefined
      if (made instanceof Promise) made.catch(next)
    })
    app.use(
      (
        error: { statusCode?: number },
        _req: unknown,
        res: express5.Response,
        next: express5.NextFunction,
      ) => {
        if (res.headersSent) return next(error)
        const [status, body] = failed(error)
        res.status(status).type("text").send(body)
      },
    )
    return opened(createServer(app as RequestListener))
  }
}

/** What the node adapter does for a handler that throws. */
function bare<Req, Res extends { headersSent: boolean; writableEnded: boolean; destroy(): unknown }>(
  handler: (req: Req, res: Res) => unknown,
): (req: Req, res: Res) => void {
  return async (req, res) => {
    try {
      await handler(req, res)
    } catch (error) {
      if (!res.headersSent) answer(error, req, res)
      else if (!res.writableEnded) res.destroy()
    }
  }
}

function answer(error: unknown, _req: unknown, res: unknown): void {
  const [status, body] = failed(error as { statusCode?: number })
  ;(res as ServerResponse).writeHead(status, { "content-type": "text/plain" }).end(body)
}

async function opened(server: Server): Promise<Site> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }
}
