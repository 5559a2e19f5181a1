import type { MiddlewareHandler } from "hono"
import type { AdapterOptions, Session, Sessions } from "../index.ts"
import { withHeaders } from "./response.ts"

/**
 * Hono middleware that puts the visitor's session at `c.var.session` and stores it before the response
 * leaves. A store that fails reaches `app.onError` as a `SessionError`.
 *
 * @example
 * app.use(session(sessions))
 */
export function session<Data extends object>(
  sessions: Sessions<Data>,
  { lazy = false }: AdapterOptions = {},
): MiddlewareHandler<{ Variables: { session: Session<Data> } }> {
  return async function session(c, next) {
    const session = sessions.open(c.req.raw.headers)
    if (!lazy) await session.load()
    c.set("session", session)
    await next()
    const { status, headers } = c.res
    try {
      // Response.error() has the status 0.
      const outcome = await sessions.commit(session, { status: status || 500, vary: headers.get("vary") })
      const answer = withHeaders(c.res, outcome.headers)
      if (answer === c.res) return
      c.res = undefined // or Hono would lay its headers over the new ones
      c.res = answer
    } catch (error) {
      c.res.body?.cancel().catch(() => {})
      c.res = undefined // the answer that was to be sent lends nothing to the error's
      throw error
    }
  }
}
