import type { MiddlewareHandler } from "hono"
import type { AdapterOptions, Session, Sessions } from "../index.ts"
import { isOfTheAnswer, withHeaders } from "./response.ts"

/**
 * Hono middleware that puts the visitor's session at `c.var.session` and stores it before the response
 * leaves. A store that fails reaches `app.onError` as a `SessionError`.
 *
 * It goes before what answers in the page's place, such as `hono/etag`, whose 304 would drop the cookie.
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
    try {
      await next()
    } catch (error) {
      await sessions.commit(session, { status: 500 }) // a logout holds also when its page fails
      throw error
    }
    // Nobody gave a response, which Hono makes an error of.
    if (!c.finalized) return void (await sessions.commit(session, { status: 500 }))
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
      // What others said of the request, such as CORS, holds for the error's answer; the rest is of the one that was to be sent.
      const kept = [...c.res.headers].filter(([name]) => !isOfTheAnswer(name))
      c.res = undefined
      c.res = new Response(null, { headers: kept })
      throw error
    }
  }
}
