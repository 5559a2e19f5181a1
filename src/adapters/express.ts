import type { RequestHandler } from "express"
import { checkAdapter, MOUNT_OPTIONS, mount } from "../adapter-kit/index.ts"
import type { MountOptions, RegisteredSession, Sessions } from "../index.ts"

declare global {
  namespace Express {
    interface Request extends RequestWithSession {}
  }
}

interface HasSession {
  /** The visitor's session. */
  session: RegisteredSession
}

// biome-ignore lint/suspicious/noTsIgnore: an error in some programs only, which "expect" can't say
/** @ts-ignore: there where the types of express-session are part of the program, else `any`. */
type Theirs = Express.SessionStore
/** Where their types say what `req.session` is, ours say nothing: `sessions.of(req)` does. */
type RequestWithSession = string extends keyof Theirs ? HasSession : object

/**
 * Express middleware (4 and 5) that puts the visitor's session at `req.session` and lets no response leave
 * before the session is safe. A store that fails reaches your error handler as a `SessionError`.
 *
 * @example
 * app.use(session(sessions))
 */
export function session<Data extends object>(
  sessions: Sessions<Data>,
  options: MountOptions = {},
): RequestHandler {
  checkAdapter(sessions, options, MOUNT_OPTIONS)
  return function session(req, res, next) {
    const session = mount(sessions, options, { req, res, place: req, fail: next, isSecure: () => req.secure })
    if (options.lazy || session.isLoaded) next()
    else session.load().then(() => next(), next)
  }
}
