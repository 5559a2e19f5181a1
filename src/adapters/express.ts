import type { RequestHandler } from "express"
import type { AdapterOptions, RegisteredSession, Sessions } from "../index.ts"
import { gate } from "./node-gate.ts"

declare global {
  namespace Express {
    interface Request {
      /** The visitor's session. */
      session: RegisteredSession
    }
  }
}

/**
 * Express middleware (4 and 5) that puts the visitor's session at `req.session` and lets no response leave
 * before the session is safe. A store that fails reaches your error handler as a `SessionError`.
 *
 * @example
 * app.use(session(sessions))
 */
export function session<Data extends object>(
  sessions: Sessions<Data>,
  { lazy = false }: AdapterOptions = {},
): RequestHandler {
  return function session(req, res, next) {
    const session = sessions.open(req.headers)
    req.session = session as unknown as RegisteredSession
    gate(res, sessions, session, next)
    if (lazy || session.isLoaded) next()
    else session.load().then(() => next(), next)
  }
}
