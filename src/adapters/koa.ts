import type { TLSSocket } from "node:tls"
import type { Context, Middleware } from "koa"
import { checkAdapter, checkPlace, connectionFacts, MOUNT_OPTIONS } from "../adapter-kit/index.ts"
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
  options: MountOptions = {},
): Middleware {
  checkAdapter(sessions, options, MOUNT_OPTIONS)
  const { lazy = false, property = "session" } = options
  return async function session(ctx, next) {
    const isMounted = sessions.isOpen(ctx.req) // by who commits
    const session = sessions.open(ctx.req.headers, { lazy, request: ctx.req })
    const place = ctx as unknown as Record<string, unknown>
    place[property] = session
    if (!lazy) await session.load()
    if (isMounted) return next()
    try {
      await next()
    } catch (error) {
      throw await withHeaders(ctx, sessions, session, error)
    }
    let outcome: Outcome
    try {
      checkPlace(place[property], session)
      outcome = await sessions.commit(session, {
        status: ctx.status,
        vary: ctx.response.get("vary"),
        cacheControl: ctx.response.get("cache-control"),
        connection: () => connectionOf(ctx),
      })
    } catch (error) {
      throw await withHeaders(ctx, sessions, session, error)
    }
    layHeaders(ctx, outcome)
  }
}

function connectionOf(ctx: Context): ReturnType<typeof connectionFacts> {
  return connectionFacts(ctx.req.headers, Boolean((ctx.req.socket as TLSSocket).encrypted), ctx.secure)
}

function layHeaders(ctx: Context, { headers }: Outcome): void {
  for (const [name, value] of headers)
    if (name === "set-cookie") ctx.append(name, value)
    else ctx.set(name, value)
}

/** The error with the headers that its answer is to carry: Koa drops what is set on the context, and keeps these. */
async function withHeaders<Data extends object>(
  ctx: Context,
  sessions: Sessions<Data>,
  session: Session<Data>,
  error: unknown,
): Promise<unknown> {
  const thrown = Object(error) as { status?: number; statusCode?: number; headers?: object }
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(thrown.headers ?? {})) kept[name.toLowerCase()] = value
  const status = thrown.status ?? thrown.statusCode ?? 500
  const { headers } = await sessions.commit(session, {
    status,
    vary: kept.vary,
    cacheControl: kept["cache-control"],
    connection: () => connectionOf(ctx),
  })
  for (const [name, value] of headers)
    kept[name] = name === "set-cookie" ? [kept[name] ?? [], value].flat() : value
  thrown.headers = kept
  return thrown
}
