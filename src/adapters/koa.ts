import type { TLSSocket } from "node:tls"
import type { Middleware } from "koa"
import { checkAdapter, checkPlace, connectionFacts, gate, MOUNT_OPTIONS } from "../adapter-kit/index.ts"
import type { MountOptions, RegisteredSession, Sessions } from "../index.ts"

declare module "koa" {
  interface ExtendableContext {
    /** The visitor's session. */
    session: RegisteredSession
  }
}

/**
 * Koa middleware that puts the visitor's session at `ctx.session` and lets no response leave before the session is safe, also
 * where a handler writes to `ctx.res` itself. A store that fails is answered, and told to the application, as any
 * error that a middleware throws.
 *
 * @example
 * app.use(session(sessions))
 */
export function session<Data extends object>(
  sessions: Sessions<Data>,
  options: MountOptions = {},
): Middleware {
  checkAdapter(sessions, options, MOUNT_OPTIONS)
  const { lazy = false, property = "session" } = options
  return async function session(ctx, next) {
    const { req, res } = ctx
    const session = sessions.open(req.headers, { lazy, request: req })
    const place = ctx as unknown as Record<string, unknown>
    place[property] = session
    gate(res, {
      sessions,
      session,
      fail: (error) => ctx.onerror(error as Error),
      check: () => checkPlace(place[property], session),
      connection: () =>
        connectionFacts(req.headers, Boolean((req.socket as TLSSocket).encrypted), ctx.secure),
    })
    if (!lazy) await session.load()
    await next()
  }
}
