import { createServer, type Server } from "node:http"
import { serve } from "@hono/node-server"
import express, { type Express, type NextFunction, type Request, type Response } from "express"
import { type FastifyInstance, fastify } from "fastify"
import { type Context, Hono } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import Koa from "koa"
import { answer, PATH, type Pages } from "./pages.ts"

/** An application of each framework, before anything is mounted on it. */
export type Application =
  | { readonly framework: "express"; readonly app: Express }
  | { readonly framework: "fastify"; readonly app: FastifyInstance }
  | { readonly framework: "koa"; readonly app: Koa }
  | { readonly framework: "hono"; readonly app: Hono }

export type FrameworkName = Application["framework"]

/** Mounts a library's middleware on the application, and says what its pages do. The request is what the framework hands out. */
export type Mount = (application: Application) => Pages | Promise<Pages>

/** A site of one page, listening on a free port of this machine. */
export const SITES: Readonly<Record<FrameworkName, (mount: Mount) => Promise<Server>>> = {
  async express(mount) {
    const app = express()
    const pages = await mount({ framework: "express", app })
    app.get(PATH, async (req, res) => void res.json(await answer(pages, req, String(req.query.q))))
    app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
      const { status, body } = failure(error)
      res.status(status).json(body)
    })
    return listening(createServer(app))
  },

  async fastify(mount) {
    const app = fastify()
    const pages = await mount({ framework: "fastify", app })
    app.setErrorHandler((error, _request, reply) => {
      const { status, body } = failure(error)
      return reply.status(status).send(body)
    })
    app.get(PATH, (request) => answer(pages, request, (request.query as { q: string }).q))
    await app.listen({ port: 0, host: "127.0.0.1" })
    return app.server
  },

  async koa(mount) {
    const app = new Koa()
    app.silent = true
    const pages = await mount({ framework: "koa", app })
    app.use(async (ctx) => {
      ctx.body = await answer(pages, ctx, String(ctx.query.q))
    })
    return listening(createServer(app.callback()))
  },

  async hono(mount) {
    const app = new Hono()
    const pages = await mount({ framework: "hono", app })
    app.get(PATH, async (c: Context) => c.json(await answer(pages, c, c.req.query("q")!)))
    app.onError((error, c) => {
      const { status, body } = failure(error)
      return c.json(body, status as ContentfulStatusCode)
    })
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () =>
        resolve(server as Server),
      )
    })
  },
}

/** How a site answers what was thrown. */
function failure(error: unknown): { readonly status: number; readonly body: object } {
  const { statusCode = 500, code, message } = Object(error) as Record<string, unknown>
  return { status: Number(statusCode), body: { code, message } }
}

function listening(server: Server): Promise<Server> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server))
  })
}
