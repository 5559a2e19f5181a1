import type { Readable } from "node:stream"
import type { FastifyPluginAsync } from "fastify"
import type { AdapterOptions, Outcome, RegisteredSession, Session, Sessions } from "../index.ts"
import { isOfTheAnswer } from "./response.ts"

declare module "fastify" {
  interface FastifyRequest {
    /** The visitor's session. */
    session: RegisteredSession
  }
}

/**
 * A Fastify plugin that puts the visitor's session at `request.session`, for the whole server, and stores it
 * before a reply is sent. A handler that hijacks the reply calls `await request.session.save()` first.
 *
 * @example
 * await app.register(session(sessions))
 */
export function session<Data extends object>(
  sessions: Sessions<Data>,
  { lazy = false }: AdapterOptions = {},
): FastifyPluginAsync {
  const plugin: FastifyPluginAsync = async (app) => {
    app.decorateRequest("session")
    app.addHook("onRequest", (request, _reply, next) => {
      const session = sessions.open(request.headers)
      request.session = session as unknown as RegisteredSession
      if (lazy || session.isLoaded) next()
      else session.load().then(() => next(), next)
    })
    app.addHook("onSend", (request, reply, payload, next) => {
      const session = request.session as unknown as Session<Data> | undefined
      if (!session) return next(null, payload) // the request was refused before our hook
      const apply = ({ headers }: Outcome): void => {
        for (const [name, value] of headers) reply.header(name, value)
        next(null, payload)
      }
      const refuse = (error: unknown): void => {
        ;(payload as Partial<Readable> | null)?.destroy?.()
        for (const name of Object.keys(reply.getHeaders())) if (isOfTheAnswer(name)) reply.removeHeader(name)
        next(error as Error)
      }
      try {
        const outcome = sessions.commit(session, { status: reply.statusCode, vary: reply.getHeader("vary") })
        if (outcome instanceof Promise) outcome.then(apply, refuse)
        else apply(outcome)
      } catch (error) {
        refuse(error)
      }
    })
  }
  // What fastify-plugin sets: the hooks are the server's, not those of an encapsulated child.
  return Object.assign(plugin, {
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "holdfast",
  })
}
