import { Hono } from "hono"
import { session as fetchSession } from "../../src/adapters/fetch.ts"
import { session as honoSession } from "../../src/adapters/hono.ts"
import type { Session } from "../../src/index.ts"
import type { LawData, LawResponse, Serve } from "../../src/testing/index.ts"

export type Fetch = (request: Request) => Response | Promise<Response>

/** The adapters that speak fetch, on a platform that listens for it. */
export function fetchSites(listen: (fetch: Fetch) => ReturnType<Serve>): Readonly<Record<string, Serve>> {
  return {
    async fetch(sessions, handler, options) {
      const withSession = fetchSession<LawData>(sessions, options)
      const handle = withSession(async (request, session) =>
        responseOf(await handler(session, requestOf(request.url))),
      )
      return listen(async (request) => {
        try {
          return await handle(request)
        } catch (error) {
          return new Response("failed", { status: (error as { statusCode?: number }).statusCode ?? 500 })
        }
      })
    },

    async "hono 4"(sessions, handler, options) {
      const app = new Hono<{ Variables: { session: Session<LawData> } }>()
      app.use(honoSession<LawData>(sessions, options))
      app.all("*", async (c) => responseOf(await handler(c.var.session, requestOf(c.req.url))))
      app.onError((error, c) => c.text("failed", (error as { statusCode?: 500 }).statusCode ?? 500))
      return listen(app.fetch)
    },
  }
}

/** A request as the laws' handlers know it. */
export function requestOf(url = "/"): { path: string; query: URLSearchParams } {
  const { pathname, searchParams } = new URL(url, "http://localhost")
  return { path: pathname, query: searchParams }
}

function responseOf({ status = 200, headers = {}, body }: LawResponse): Response {
  return new Response(body ?? null, { status, headers })
}
