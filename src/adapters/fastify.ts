import type { Readable } from "node:stream"
import type { TLSSocket } from "node:tls"
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify"
import {
  checkAdapter,
  checkPlace,
  connectionFacts,
  isOfTheAnswer,
  MOUNT_OPTIONS,
} from "../adapter-kit/index.ts"
import type { MountOptions, Outcome, RegisteredSession, Sessions } from "../index.ts"

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
  options: MountOptions = {},
): FastifyPluginAsync {
  checkAdapter(sessions, options, MOUNT_OPTIONS)
  const { lazy = false, property = "session" } = options
  const underWay = new WeakMap<FastifyReply, Promise<Outcome>>()

  /** What a commit comes to; a second answer waits for that of the first, which Fastify then lets win. */
  function outcomeOf(
    reply: FastifyReply,
    commit: () => Outcome | Promise<Outcome>,
  ): Outcome | Promise<Outcome> {
    const known = underWay.get(reply)
    if (known) return known
    try {
      const outcome = commit()
      if (outcome instanceof Promise) underWay.set(reply, outcome)
      return outcome
    } catch (error) {
      return Promise.reject(error)
    }
  }

  const plugin: FastifyPluginAsync = async (app) => {
    if (isMounted(app, sessions, property)) return
    app.decorateRequest(property)
    app.addHook("onRequest", (request, _reply, next) => {
      const session = sessions.open(request.headers, { lazy, request: request.raw })
      ;(request as unknown as Record<string, unknown>)[property] = session
      if (lazy || session.isLoaded) next()
      else session.load().then(() => next(), next)
    })
    // An answer at once goes by the callback. One that waits goes by a promise, so that Fastify catches what it throws when it sends.
    app.addHook("onSend", (request, reply, payload, next) => {
      if (!sessions.isOpen(request.raw)) return void next(null, payload) // the request was refused before our hook
      const refuse = (error: unknown): never => {
        ;(payload as Partial<Readable> | null)?.destroy?.()
        takeBack(reply)
        throw error
      }
      const outcome = outcomeOf(reply, () => {
        const session = sessions.of(request)
        checkPlace((request as unknown as Record<string, unknown>)[property], session)
        return sessions.commit(session, {
          status: reply.statusCode,
          vary: reply.getHeader("vary"),
          cacheControl: reply.getHeader("cache-control"),
          connection: () => connectionOf(request),
        })
      })
      if (outcome instanceof Promise)
        return outcome.then((settled) => {
          layHeaders(reply, settled)
          return payload
        }, refuse) as unknown as undefined // Fastify takes a promise, which its type of this hook leaves out
      layHeaders(reply, outcome)
      next(null, payload)
    })
  }
  // What fastify-plugin sets: the hooks are the server's, not those of an encapsulated child.
  return Object.assign(plugin, {
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "holdfast",
  })
}

function connectionOf(request: FastifyRequest): ReturnType<typeof connectionFacts> {
  const { encrypted } = request.raw.socket as TLSSocket
  return connectionFacts(request.headers, Boolean(encrypted), request.protocol === "https")
}

function layHeaders(reply: FastifyReply, { headers }: Outcome): void {
  for (const [name, value] of headers) reply.header(name, value)
}

/** Takes off what describes the reply that will not be sent. */
function takeBack(reply: FastifyReply): void {
  for (const name of Object.keys(reply.getHeaders())) if (isOfTheAnswer(name)) reply.removeHeader(name)
}

/** Whether these sessions are at this property already; notes that they are. */
function isMounted(app: FastifyInstance, sessions: object, property: string): boolean {
  const server = app.server as unknown as { [MOUNTED]?: Map<string, object> }
  server[MOUNTED] ??= new Map()
  if (server[MOUNTED].get(property) === sessions) return true
  if (server[MOUNTED].has(property))
    throw new TypeError(
      `Other sessions are at request.${property} already: give these a name of their own, as in session(sessions, { property: "admin" })`,
    )
  server[MOUNTED].set(property, sessions)
  return false
}

const MOUNTED = Symbol("holdfast.mounted")
