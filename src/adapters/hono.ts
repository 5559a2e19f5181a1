import type { Context, MiddlewareHandler } from "hono"
import { connectionFacts } from "../adapter-kit/connection-facts.ts"
import { isOfTheAnswer, withHeaders } from "../adapter-kit/headers.ts"
import { checkAdapter, checkPlace, MOUNT_OPTIONS } from "../adapter-kit/options.ts"
import { answerIn } from "../adapter-kit/thrown.ts"
import type { MountOptions, Session, Sessions } from "../index.ts"

/**
 * Hono middleware that puts the visitor's session at `c.var.session` and stores it before the response
 * leaves. A store that fails reaches `app.onError` as a `SessionError`. A thrown answer is one: a `Response`, or what
 * the redirects of Next, SvelteKit and React Router throw.
 *
 * @example
 * app.use(session(sessions))
 */
export function session<Data extends object, Name extends string = "session">(
  sessions: Sessions<Data>,
  options: MountOptions<Name> = {},
): MiddlewareHandler<{ Variables: Record<Name, Session<Data>> }> {
  checkAdapter(sessions, options, MOUNT_OPTIONS)
  const { lazy = false, property = "session" as Name } = options
  return async function session(context, next) {
    const c = context as Context
    const request = partsOf(c)
    const isMounted = sessions.isOpen(request) // by who commits
    const session = sessions.open(c.req.raw.headers, { lazy, request })
    if (!lazy) await session.load()
    c.set(property, session)
    if (isMounted) return void (await next())
    try {
      await next()
      if (c.error && c.res.status >= 500) answerThrown(c, c.error) // else the application has answered it
    } catch (error) {
      if (!answerThrown(c, error)) {
        await sessions.commit(session, { status: 500 }) // a logout holds also when its page fails
        throw error
      }
    }
    // Nobody gave a response, which Hono makes an error of.
    if (!c.finalized) return void (await sessions.commit(session, { status: 500 }))
    const { status, headers } = c.res
    try {
      // Response.error() has the status 0.
      checkPlace(c.get(property), session)
      const outcome = await sessions.commit(session, {
        status: status || 500,
        vary: headers.get("vary"),
        cacheControl: headers.get("cache-control"),
        connection: () => connectionFacts(c.req.raw.headers, c.req.url.startsWith("https:")),
      })
      const answer = withHeaders(c.res, outcome.headers)
      if (answer !== c.res) replace(c, answer)
      const isCookieSet = outcome.headers.some(([name]) => name === "set-cookie")
      if (isCookieSet && mayBecome304(c)) c.res.headers.set("etag", newTag())
    } catch (error) {
      c.res.body?.cancel().catch(() => {})
      // What others said of the request, such as CORS, holds for the error's answer; the rest is of the one that was to be sent.
      const kept = [...c.res.headers].filter(([name]) => !isOfTheAnswer(name))
      const { headers } = await sessions.commit(session, { status: 500 })
      replace(
        c,
        new Response(null, {
          headers: [...kept, ...headers.map(([name, value]): [string, string] => [name, value])],
        }),
      )
      throw error
    }
  }
}

/** What stands for the request: other middleware may put another `Request` in its place, and a server has its own. */
function partsOf(c: Context): object[] {
  const { incoming } = Object(c.env) as { incoming?: unknown }
  const own = [c, c.req.raw]
  return typeof incoming === "object" && incoming !== null ? [...own, incoming] : own
}

function mayBecome304({ req, res }: Context): boolean {
  const isRead = req.method === "GET" || req.method === "HEAD"
  return isRead && res.status !== 304 && req.header("if-none-match") !== undefined
}

/** Answers with what was thrown, if that is an answer. */
function answerThrown(c: Context, thrown: unknown): boolean {
  const answer = answerIn(thrown)
  if (answer) c.res = answer
  return answer !== undefined
}

function replace(c: Context, answer: Response): void {
  c.res = undefined // or Hono would lay its headers over the new ones
  c.res = answer
}

/**
 * A tag that no browser has: `hono/etag` around us would make a 304 of an answer whose own tag the browser names, and drop the
 * cookie of it.
 */
function newTag(): string {
  return `W/"${crypto.randomUUID()}"`
}
