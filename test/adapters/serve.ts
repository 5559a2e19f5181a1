import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { serve as serveFetch } from "@hono/node-server"
import express5 from "express"
// @ts-expect-error: Express 4 beside 5 under a name of its own has no types of its own
import express4 from "express4"
import createFastify from "fastify"
import Koa from "koa"
import { session as expressSession } from "../../src/adapters/express.ts"
import { session as fastifySession } from "../../src/adapters/fastify.ts"
import { session as koaSession } from "../../src/adapters/koa.ts"
import { session as nodeSession } from "../../src/adapters/node.ts"
import type { Session } from "../../src/index.ts"
import type { LawData, Serve } from "../../src/testing/index.ts"
import { type Fetch, fetchSites, requestOf } from "./fetch-sites.ts"

/** Every adapter, serving a law's handler by its framework's own means. */
export const adapters: Readonly<Record<string, Serve>> = {
  "express 5": serveExpress(express5),
  "express 4": serveExpress(express4),

  async "node:http"(sessions, handler, options) {
    const withSession = nodeSession<LawData>(sessions, { ...options, onError: answerQuietly })
    return listen(
      withSession(async (req, res) => {
        const { status = 200, headers, body } = await handler(req.session, requestOf(req.url))
        res.writeHead(status, headers).end(body)
      }),
    )
  },

  async "fastify 5"(sessions, handler, options) {
    const app = createFastify()
    await app.register(fastifySession<LawData>(sessions, options))
    app.all("*", async (request, reply) => {
      const {
        status = 200,
        headers = {},
        body,
      } = await handler(lawSession(request.session), requestOf(request.url))
      return reply.code(status).headers(headers).send(body)
    })
    const url = await app.listen({ port: 0, host: "127.0.0.1" })
    return { url, close: () => app.close() }
  },

  async "koa 3"(sessions, handler, options) {
    const app = new Koa()
    app.silent = true
    app.use(koaSession<LawData>(sessions, options))
    app.use(async (ctx) => {
      const { status = 200, headers = {}, body } = await handler(lawSession(ctx.session), requestOf(ctx.url))
      ctx.set(headers)
      ctx.body = body ?? null
      ctx.status = status
    })
    return listen(app.callback() as RequestListener)
  },

  ...fetchSites(serveByFetch),
}

function serveExpress(express: typeof express5): Serve {
  return async (sessions, handler, options) => {
    const app = express()
    app.use(expressSession<LawData>(sessions, options))
    app.use((req, res, next) => {
      Promise.resolve(requestOf(req.url))
        .then((request) => handler(lawSession(req.session), request))
        .then(({ status = 200, headers = {}, body }) => res.status(status).set(headers).send(body), next)
    })
    app.use((error: { statusCode?: number }, _req: unknown, res: express5.Response, _next: unknown) => {
      res.status(error.statusCode ?? 500).send("failed")
    })
    return listen(app as RequestListener)
  }
}

/** Listens on a free port of this machine. */
export async function listen(
  listener: RequestListener,
): Promise<{ url: string; close: () => Promise<unknown> }> {
  return opened(createServer(listener))
}

/** The address of a server, and the way to end it with all its connections. */
export async function opened(server: Server): Promise<{ url: string; close: () => Promise<unknown> }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const close = (): Promise<unknown> =>
    new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

async function serveByFetch(fetch: Fetch): Promise<{ url: string; close: () => Promise<unknown> }> {
  return new Promise((resolve) => {
    const server = serveFetch({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
      const close = (): Promise<unknown> =>
        new Promise((closed) => {
          server.close(closed)
          ;(server as Server).closeAllConnections()
        })
      resolve({ url: `http://127.0.0.1:${port}`, close })
    })
  })
}

function answerQuietly(
  error: unknown,
  _req: unknown,
  res: { writeHead(status: number): unknown; end(): unknown },
): void {
  res.writeHead((error as { statusCode?: number }).statusCode ?? 500)
  res.end()
}

/** The registered session type is the application's business; the laws have their own. */
function lawSession(session: unknown): Session<LawData> {
  return session as Session<LawData>
}
