import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Session, Sessions } from "../../src/index.ts"
import type { LawData, LawHandler, LawResponse, Serve } from "../../src/testing/index.ts"

/** What an adapter does to a request, step by step. A fault leaves a step out or does it wrong. */
interface Steps {
  open(sessions: Sessions<LawData>, req: IncomingMessage, lazy: boolean): Promise<Session<LawData>>
  /** Gives the headers to send. */
  commit(sessions: Sessions<LawData>, session: Session<LawData>, response: LawResponse): Promise<Headers>
  send(res: ServerResponse, response: LawResponse, headers: Headers): void
}

type Headers = readonly (readonly [name: string, value: string])[]
type Request = Parameters<LawHandler>[1]

const RIGHT: Steps = {
  async open(sessions, req, lazy) {
    const session = sessions.open(req.headers, { lazy })
    if (!lazy) await session.load()
    return session
  },
  commit: async (sessions, session, { status = 200, headers = {} }) =>
    (
      await sessions.commit(session, {
        status,
        vary: headers.vary ?? null,
        cacheControl: headers["cache-control"] ?? null,
      })
    ).headers,
  send(res, { status = 200, headers = {}, body }, ours) {
    const all: OutgoingHttpHeaders = { ...headers }
    for (const [name, value] of ours) {
      const key = name.toLowerCase()
      const theirs = key === "set-cookie" && all[key] !== undefined ? [String(all[key])] : []
      all[key] = theirs.length > 0 ? [...theirs, value] : value
    }
    res.writeHead(status, all).end(body)
  },
}

/** An adapter with something wrong in it, and the published law that finds it. */
export interface AdapterFault {
  readonly wrong: (right: Steps) => Partial<Steps>
  readonly law: string
}

export const ADAPTER_FAULTS: Readonly<Record<string, AdapterFault>> = {
  "an answer that leaves before its session is stored": {
    law: "sends nothing before the session is safe",
    wrong: (right) => ({
      async commit(...args) {
        void right.commit(...args).catch(() => {})
        return []
      },
    }),
  },
  "an answer that says done though nothing was stored": {
    law: "answers 5xx without a cookie when the session can't be saved",
    wrong: (right) => ({ commit: (...args) => right.commit(...args).catch(() => []) }),
  },
  "a failed request whose changes are kept": {
    law: "saves nothing of a request that ends in an error, but still logs out",
    wrong: (right) => ({
      commit: (sessions, session, response) => right.commit(sessions, session, { ...response, status: 200 }),
    }),
  },
  "a failed request whose logout is forgotten": {
    law: "saves nothing of a request that ends in an error, but still logs out",
    wrong: (right) => ({
      commit: async (sessions, session, response) =>
        response.status === 500 ? [] : right.commit(sessions, session, response),
    }),
  },
  "a page that is served though its session can't be read": {
    law: "answers 5xx and leaves the cookie alone when the session can't be read",
    wrong: (right) => ({
      open: (sessions, req, lazy) =>
        right
          .open(sessions, req, lazy)
          .catch(() => right.open(sessions, { headers: {} } as IncomingMessage, lazy)),
    }),
  },
  "a cookie that takes the place of the application's": {
    law: "adds to the headers of the response and does not let caches keep the cookie",
    wrong: () => ({
      send: (res, { status = 200, headers = {}, body }, ours) =>
        void res.writeHead(status, { ...headers, ...Object.fromEntries(ours) }).end(body),
    }),
  },
  "a redirect without the cookie": {
    law: "keeps the session with responses that have no body",
    wrong: (right) => ({
      send: (res, response, ours) => right.send(res, response, response.status === 302 ? [] : ours),
    }),
  },
  "a response that caches may keep": {
    law: "adds to the headers of the response and does not let caches keep the cookie",
    wrong: (right) => ({
      send: (res, response, ours) =>
        right.send(
          res,
          response,
          ours.filter(([name]) => name.toLowerCase() !== "cache-control"),
        ),
    }),
  },
  "one session for all requests under way": {
    law: "never mixes the sessions of requests that run side by side",
    wrong(right) {
      const underWay = new Map<object, Session<LawData>>()
      return {
        async open(sessions, req, lazy) {
          const session = underWay.values().next().value ?? (await right.open(sessions, req, lazy))
          underWay.set(req, session)
          setTimeout(() => underWay.delete(req), 20)
          return session
        },
      }
    },
  },
  "a session that is read though nobody asks for it": {
    law: "reads nothing when lazy until asked, and then once",
    wrong: (right) => ({ open: (sessions, req) => right.open(sessions, req, false) }),
  },
}

/** Serves through an adapter of these steps. */
export function serveBy(wrong: (right: Steps) => Partial<Steps> = () => ({})): Serve {
  const { open, commit, send } = { ...RIGHT, ...wrong(RIGHT) }
  return async (sessions, handler, { lazy }) => {
    async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const session = await open(sessions, req, lazy)
      const response = await answerOf(handler, session, req)
      send(res, response, await commit(sessions, session, response))
    }
    const server = createServer((req, res) => {
      answer(req, res).catch(() => res.writeHead(500).end("failed"))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as AddressInfo
    return {
      url: `http://127.0.0.1:${port}`,
      async close() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }
}

async function answerOf(
  handler: LawHandler,
  session: Session<LawData>,
  { url = "/" }: IncomingMessage,
): Promise<LawResponse> {
  const { pathname: path, searchParams: query } = new URL(url, "http://localhost")
  const request: Request = { path, query }
  try {
    return await handler(session, request)
  } catch {
    return { status: 500, body: "failed" }
  }
}
