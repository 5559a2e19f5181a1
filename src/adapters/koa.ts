import type { Context, Middleware } from "koa"
import type { MountOptions, Outcome, RegisteredSession, Session, Sessions } from "../index.ts"

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
  { lazy = false, property = "session" }: MountOptions = {},
): Middleware {
  return async function session(ctx, next) {
    const isMounted = sessions.isOpen(ctx.req) // by who commits
    const session = sessions.open(ctx.req.headers, ctx.req)
    ;(ctx as unknown as Record<string, unknown>)[property] = session
    if (!lazy) await session.load()
    if (isMounted) return next()
    try {
      await next()
    } catch (error) {
      throw await withHeaders(sessions, session, error)
    }
    let outcome: Outcome
    try {
      outcome = await sessions.commit(session, { status: ctx.status, vary: ctx.response.get("vary") })
    } catch (error) {
      throw await withHeaders(sessions, session, error)
    }
    layHeaders(ctx, outcome)
  }
}

function layHeaders(ctx: Context, { headers }: Outcome): void {
  for (const [name, value] of headers)
    if (name === "set-cookie") ctx.append(name, value)
    else ctx.set(name, value)
}

/** The error with the headers that its answer is to carry: Koa drops what is set on the context, and keeps these. */
async function withHeaders<Data extends object>(
  sessions: Sessions<Data>,
  session: Session<Data>,
  error: unknown,
): Promise<unknown> {
  const thrown = Object(error) as { status?: number; statusCode?: number; headers?: object }
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(thrown.headers ?? {})) kept[name.toLowerCase()] = value
  const status = thrown.status ?? thrown.statusCode ?? 500
  const { headers } = await sessions.commit(session, { status, vary: kept.vary })
  for (const [name, value] of headers)
    kept[name] = name === "set-cookie" ? [kept[name] ?? [], value].flat() : value
  thrown.headers = kept
  return thrown
}
