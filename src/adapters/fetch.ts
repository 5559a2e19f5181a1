import type { AdapterOptions, Outcome, Session, Sessions } from "../index.ts"
import { withHeaders } from "./response.ts"

/**
 * Wraps a fetch handler (`Request` in, `Response` out) so that it gets the visitor's session as its second
 * argument, and stores the session before the response is handed on. What the platform passes besides the
 * request follows the session.
 *
 * @example
 * export default { fetch: session(sessions)((request, session) => new Response(session.userId)) }
 */
export function session<Data extends object>(
  sessions: Sessions<Data>,
  { lazy = false }: AdapterOptions = {},
): <Rest extends unknown[]>(
  handler: (request: Request, session: Session<Data>, ...rest: Rest) => Response | Promise<Response>,
) => (request: Request, ...rest: Rest) => Promise<Response> {
  return (handler) =>
    async function session(request, ...rest) {
      const session = sessions.open(request.headers)
      if (!lazy) await session.load()
      let response: Response
      try {
        response = await handler(request, session, ...rest)
      } catch (error) {
        await sessions.commit(session, { status: 500 }) // a logout holds also when its page fails
        throw error
      }
      const { status, headers } = response
      let outcome: Outcome
      try {
        // Response.error() has the status 0.
        outcome = await sessions.commit(session, { status: status || 500, vary: headers.get("vary") })
      } catch (error) {
        response.body?.cancel().catch(() => {})
        throw error
      }
      return withHeaders(response, outcome.headers)
    }
}
