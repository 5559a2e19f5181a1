import { isSession, type Session } from "./session.ts"
import { kindOf } from "./shown.ts"

/** The sessions that were opened for requests, each kept by its request. */
export interface Requests<Data extends object> {
  /** The session of this very request, or of the first of these that has one; `undefined` when none was opened for it. */
  get(request: object | readonly object[]): Session<Data> | undefined
  /** The same for what a framework hands out as its request or context. */
  find(request: object): Session<Data> | undefined
  keep(request: object | readonly object[], session: Session<Data>): void
}

export function requestsOf<Data extends object>(): Requests<Data> {
  const KEY = Symbol("holdfast.session")
  type Kept = { [KEY]?: Session<Data> }

  return {
    get(request) {
      if (!Array.isArray(request)) return (request as Kept)[KEY]
      for (const one of request) if (KEY in one) return (one as Kept)[KEY]
      return undefined
    },
    find(request) {
      for (const one of inside(request)) if (one && KEY in one) return (one as Kept)[KEY]
      return undefined
    },
    // Not in a WeakMap, which costs each request more than a property does.
    keep(request, session) {
      if (Array.isArray(request)) for (const one of request) (one as Kept)[KEY] = session
      else (request as Kept)[KEY] = session
    },
  }
}

/** A request as a framework hands it out, and those of the platform that it may hold: Fastify's `raw`, Koa's `req`, Hono's `req.raw`. */
function inside(request: object): readonly (object | undefined)[] {
  const { raw, req } = request as { raw?: object; req?: { raw?: object } }
  return [request, raw, req, req?.raw].map((one) =>
    typeof one === "object" && one !== null ? one : undefined,
  )
}

/** Why no session of these was opened for a request. */
export function whyNone(request: unknown): string {
  if (typeof request !== "object" || request === null)
    return `sessions.of(request) takes a framework's request or context; it got ${kindOf(request)}`
  const { session, var: variables } = request as { session?: unknown; var?: { session?: unknown } }
  const found = session ?? variables?.session ?? undefined
  if (found === undefined)
    return "This request has no session: the middleware session(sessions) must come before what uses it, as in app.use(session(sessions)) before all routes"
  if (isSession(found))
    return "This request's session is one of other sessions: createSessions was called more than once, and the middleware of these is not mounted"
  return `This request's session is not of holdfast, it is ${kindOf(found)}: another library, such as express-session, has put its own there; remove its middleware`
}
