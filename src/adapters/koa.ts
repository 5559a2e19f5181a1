import type { Middleware } from "koa"
import type { AdapterOptions, Outcome, RegisteredSession, Sessions } from "../index.ts"

declare module "koa" {
  interface ExtendableContext {
    /** The visitor's session. */
    session: RegisteredSession
  }
}

/**
 * Koa middleware that puts the visitor's session at `ctx.session` and stores it before Koa responds. A
 * handler that writes to `ctx.res` itself calls `await ctx.session.save()` first.
 *
 * @example
 * app.use(session(sessions))
 */
export function session<Data extends object>(
  sessions: Sessions<Data>,
  { lazy = false }: AdapterOptions = {},
): Middleware {
  return async function session(ctx, next) {
    const session = sessions.open(ctx.req.headers)
    ctx.session = session as unknown as RegisteredSession
    if (!lazy) await session.load()
    try {
      await next()
    } catch (error) {
      const thrown = Object(error) as { status?: number; statusCode?: number; headers?: object }
      const kept: Record<string, string | string[]> = {}
      for (const [name, value] of Object.entries(thrown.headers ?? {})) kept[name.toLowerCase()] = value
      const status = thrown.status ?? thrown.statusCode ?? 500
      const { headers } = await sessions.commit(session, { status, vary: kept.vary })
      for (const [name, value] of headers)
        kept[name] = name === "set-cookie" ? [kept[name] ?? [], value].flat() : value
      // Koa drops what is set on the context when it answers an error; these it keeps.
      thrown.headers = kept
      throw thrown
    }
    apply(await sessions.commit(session, { status: ctx.status, vary: ctx.response.get("vary") }))

    function apply({ headers }: Outcome): void {
      for (const [name, value] of headers)
        if (name === "set-cookie") ctx.append(name, value)
        else ctx.set(name, value)
    }
  }
}
