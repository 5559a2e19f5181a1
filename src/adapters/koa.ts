import type { Middleware } from "koa"
import { checkAdapter, MOUNT_OPTIONS, mount } from "../adapter-kit/index.ts"
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
  return async function session(ctx, next) {
    const { req, res } = ctx
    const fail = (error: unknown): void => ctx.onerror(error as Error)
    const session = mount(sessions, options, { req, res, place: ctx, fail, isSecure: () => ctx.secure })
    if (!options.lazy) await session.load()
    await next()
  }
}
