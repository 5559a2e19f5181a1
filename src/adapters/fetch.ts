import { connectionFacts } from "../adapter-kit/connection-facts.ts"
import { withHeaders } from "../adapter-kit/headers.ts"
import { checkAdapter } from "../adapter-kit/options.ts"
import { answerIn } from "../adapter-kit/thrown.ts"
import type { AdapterOptions, Outcome, Session, Sessions } from "../index.ts"

/**
 * Wraps a fetch handler (`Request` in, `Response` out) so that it gets the visitor's session as its second
 * argument, and stores the session before the response is handed on. What the platform passes besides the
 * request follows the session. A thrown answer is one: a `Response`, or what the redirects of Next, SvelteKit and React Router throw.
 *
 * @example
 * export default { fetch: session(sessions)((request, session) => new Response(session.userId)) }
 */
export function session<Data extends object>(
  sessions: Sessions<Data>,
  options: AdapterOptions = {},
): <Rest extends unknown[]>(
  handler: (request: Request, session: Session<Data>, ...rest: Rest) => Response | Promise<Response>,
) => (request: Request, ...rest: Rest) => Promise<Response> {
  checkAdapter(sessions, options, { lazy: true })
  const { lazy = false } = options
  return (handler) =>
    async function session(request, ...rest) {
      const isMounted = sessions.isOpen(request) // by who commits
      const session = sessions.open(request.headers, { lazy, request })
      if (!lazy) await session.load()
      if (isMounted) return handler(request, session, ...rest)
      let response: Response
      try {
        response = await handler(request, session, ...rest)
      } catch (error) {
        const answer = answerIn(error)
        if (answer) return committed(request, session, answer)
        await sessions.commit(session, { status: 500 }) // a logout holds also when its page fails
        throw error
      }
      return committed(request, session, response)
    }

  async function committed(request: Request, session: Session<Data>, response: Response): Promise<Response> {
    const { status, headers } = response
    let outcome: Outcome
    try {
      // Response.error() has the status 0.
      outcome = await sessions.commit(session, {
        status: status || 500,
        vary: headers.get("vary"),
        cacheControl: headers.get("cache-control"),
        connection: () => connectionFacts(request.headers, request.url.startsWith("https:")),
      })
    } catch (error) {
      response.body?.cancel().catch(() => {})
      throw error
    }
    return withHeaders(response, outcome.headers)
  }
}
