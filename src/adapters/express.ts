import type { RequestHandler } from "express"
import { gate } from "../adapter-kit/index.ts"
import type { MountOptions, RegisteredSession, Sessions } from "../index.ts"

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
  { lazy = false, property = "session" }: MountOptions = {},
): RequestHandler {
  return function session(req, res, next) {
    const session = sessions.open(req.headers, req)
    ;(req as unknown as Record<string, unknown>)[property] = session
    gate(res, sessions, session, next)
    if (lazy || session.isLoaded) next()
    else session.load().then(() => next(), next)
  }
}
