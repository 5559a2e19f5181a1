import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from "fastify"
import { checkAdapter, isOfTheAnswer, MOUNT_OPTIONS, mount } from "../adapter-kit/index.ts"
import type { MountOptions, RegisteredSession, Sessions } from "../index.ts"

declare module "fastify" {
  interface FastifyRequest {
    /** The visitor's session. */
    session: RegisteredSession
  }
}

/**
 * A Fastify plugin that puts the visitor's session at `request.session`, and lets no reply leave before the session is safe, also
 * one that a handler hijacks or writes to `reply.raw`. It holds for the scope that registers it, and the scopes within.
 *
 * @example
 * await app.register(session(sessions))
 */
export function session<Data extends object>(
  sessions: Sessions<Data>,
  options: MountOptions = {},
): FastifyPluginAsync {
  checkAdapter(sessions, options, MOUNT_OPTIONS)
  const { property = "session" } = options
  const plugin: FastifyPluginAsync = async (app) => {
    if (isMounted(app, sessions, property)) return
    app.decorateRequest(property)
    app.addHook("onRequest", (request, reply, next) => {
      const session = mount(sessions, options, {
        req: request.raw,
        res: reply.raw,
        place: request,
        fail: (error) => refuse(reply, error),
        isSecure: () => request.protocol === "https",
      })
      if (options.lazy || session.isLoaded) next()
      else session.load().then(() => next(), next)
    })
  }
  // What fastify-plugin sets: the hooks are the server's, not those of an encapsulated child.
  return Object.assign(plugin, {
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "holdfast",
  })
}

/** Answers the error of a reply that can't be sent, without what describes that one. */
function refuse(reply: FastifyReply, error: unknown): void {
  for (const name of Object.keys(reply.getHeaders())) if (isOfTheAnswer(name)) reply.removeHeader(name)
  if (!reply.sent) return void reply.send(error)
  // Hijacked, so that no error handler is asked.
  reply.log.error(error)
  const { statusCode } = Object(error) as { statusCode?: number }
  reply.raw.writeHead(statusCode ?? 500).end()
}

/** Whether these sessions are at this property already, here or in a scope around; notes that they are. */
function isMounted(
  app: FastifyInstance & { [MOUNTED]?: Mounts },
  sessions: object,
  property: string,
): boolean {
  const around = app[MOUNTED]
  if (around?.get(property) === sessions) return true
  if (around?.has(property))
    throw new TypeError(
      `Other sessions are at request.${property} already: give these a name of their own, as in session(sessions, { property: "admin" })`,
    )
  // A scope is made from the one around it, and sees what that has.
  Object.defineProperty(app, MOUNTED, { value: new Map(around).set(property, sessions), configurable: true })
  return false
}

type Mounts = ReadonlyMap<string, object>
const MOUNTED = Symbol("holdfast.mounted")
