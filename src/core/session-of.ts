import { isSession, type Session, stateOf } from "./session.ts"
import { kindOf } from "./shown.ts"
import type { Context } from "./state.ts"

const contexts = new WeakMap<object, Context>()

/** Notes whose sessions these are. */
export function known<S extends object>(sessions: S, context: Context): S {
  contexts.set(sessions, context)
  return sessions
}

/** The session that an adapter has put on a request or context. Throws a `TypeError` that says why there is none. */
export function findSession(request: unknown, sessions?: object): Session<object> {
  const found = valueOn(request)
  if (!isSession(found)) throw new TypeError(whyNone(request, found))
  if (sessions === undefined || contexts.get(sessions) === stateOf(found).context) return found
  throw new TypeError(
    "This request's session is one of other sessions than the ones given: createSessions was called more than once, and another one's middleware came last",
  )
}

function valueOn(request: unknown): unknown {
  const { session, var: variables } = Object(request) as { session?: unknown; var?: { session?: unknown } }
  return session ?? variables?.session
}

function whyNone(request: unknown, found: unknown): string {
  if (typeof request !== "object" || request === null)
    return `sessionOf(request) takes a framework's request or context; it got ${kindOf(request)}`
  if (found === undefined || found === null)
    return "This request has no session: the middleware session(sessions) must come before what uses it, as in app.use(session(sessions)) before all routes"
  return `This request's session is not of holdfast, it is ${kindOf(found)}: another library, such as express-session, has put its own there; remove its middleware`
}
