import type { IncomingMessage, ServerResponse } from "node:http"
import type { Session, Sessions } from "../../src/index.ts"
import type { LawData, LawResponse, Serve } from "../../src/testing/index.ts"
import { requestOf } from "../adapters/fetch-sites.ts"
import { listen } from "../adapters/serve.ts"

type Headers = readonly (readonly [name: string, value: string])[]

/** What an adapter does with a request, by hand. */
export interface ByHand {
  open(sessions: Sessions<LawData>, req: IncomingMessage, isLazy: boolean): Promise<Session<LawData>>
  commit(sessions: Sessions<LawData>, session: Session<LawData>, answer: LawResponse): Promise<Headers>
  send(res: ServerResponse, answer: LawResponse, headers: Headers): void
  /** Sends what is sent when something failed. */
  fail(res: ServerResponse, answer: LawResponse | undefined): void
  /** Whether the answer leaves before the commit. */
  readonly isEarly: boolean
}

const RIGHT: ByHand = {
  async open(sessions, req, isLazy) {
    const session = sessions.open(req.headers, { lazy: isLazy })
    return isLazy ? session : session.load()
  },
  async commit(sessions, session, { status = 200, headers = {} }) {
    const [vary, cacheControl] = [headers.vary, headers["cache-control"]]
    return (await sessions.commit(session, { status, vary, cacheControl })).headers
  },
  send(res, { status = 200, headers = {}, body }, laid) {
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    for (const [name, value] of laid)
      if (name === "set-cookie") res.appendHeader(name, value)
      else res.setHeader(name, value)
    res.writeHead(status).end(body)
  },
  fail: (res) => void res.writeHead(500).end("failed"),
  isEarly: false,
}

/** Serves through an adapter that is right but for some of what it does. */
export function byHand(wrong: Partial<ByHand> = {}): Serve {
  const { open, commit, send, fail, isEarly } = { ...RIGHT, ...wrong }
  return async (sessions, handler, { lazy }) =>
    listen(async (req, res) => {
      let answer: LawResponse | undefined
      try {
        const session = await open(sessions, req, lazy)
        try {
          answer = await handler(session, requestOf(req.url))
        } catch (error) {
          await commit(sessions, session, { status: 500 })
          throw error
        }
        if (isEarly) send(res, answer, [])
        const headers = await commit(sessions, session, answer)
        if (!isEarly) send(res, answer, headers)
      } catch {
        fail(res, answer)
      }
    })
}

const saysVaryAlways: Partial<ByHand> = {
  send: (res, answer, headers) => RIGHT.send(res, answer, [["vary", "Cookie"], ...headers]),
}

const loadsAlways: Partial<ByHand> = { open: (sessions, req) => RIGHT.open(sessions, req, false) }

const commitsNothing: Partial<ByHand> = { commit: async () => [] }

const ignoresFailures: Partial<ByHand> = {
  commit: (...committed) => RIGHT.commit(...committed).catch(() => []),
}

/** Goes by what the browser was given last for an id. */
function believesIds(): Partial<ByHand> {
  const newest = new Map<string, string>()
  return {
    open(sessions, req, isLazy) {
      const [id = ""] = (req.headers.cookie ?? "").split(".")
      req.headers.cookie = newest.get(id) ?? req.headers.cookie
      return RIGHT.open(sessions, req, isLazy)
    },
    send(res, answer, headers) {
      for (const [name, value] of headers) {
        const [pair = ""] = value.split(";")
        if (name === "set-cookie") newest.set(pair.split(".")[0]!, pair)
      }
      RIGHT.send(res, answer, headers)
    },
  }
}

function mixesRequests(): Partial<ByHand> {
  let session: Session<LawData> | undefined
  return {
    async open(sessions, req) {
      session = sessions.open(req.headers)
      await session.load()
      await new Promise((resolve) => setTimeout(resolve, 20))
      return session
    },
  }
}

/** For each law the adapters that it must find, each by what is wrong with it. */
export const WRONG_ADAPTERS: Readonly<Record<string, Readonly<Record<string, Partial<ByHand>>>>> = {
  "leaves a request alone that never looks at the session": { "says Vary always": saysVaryAlways },
  "reads nothing when lazy until asked, and then once": {
    "says Vary always": saysVaryAlways,
    "loads always": loadsAlways,
  },
  "answers a look before load() with an error when lazy": { "loads always": loadsAlways },
  "keeps nothing for visitors who bring nothing": {
    "notes each visit": {
      async open(...opened) {
        const session = await RIGHT.open(...opened)
        session.data.seen = true
        return session
      },
    },
  },
  "never mixes the sessions of requests that run side by side": {
    "has one variable for all requests": mixesRequests(),
  },
  "begins a session with its first data, in a cookie that browsers guard": {
    "drops Cache-Control": {
      send: (res, answer, headers) =>
        RIGHT.send(
          res,
          answer,
          headers.filter(([name]) => name !== "cache-control"),
        ),
    },
  },
  "brings the data back, nested changes too, and needs no new cookie to": {
    "rotates at each request": {
      async open(...opened) {
        const session = await RIGHT.open(...opened)
        session.rotate()
        return session
      },
    },
    "commits nothing": commitsNothing,
  },
  "adds to the headers of the response and does not let caches keep the cookie": {
    "takes the place of other cookies": {
      send(res, { headers: own = {}, ...answer }, headers) {
        const { "set-cookie": _, ...others } = own
        RIGHT.send(res, { ...answer, headers: others }, headers)
      },
    },
  },
  "gives the cookie the life that setExpiry says": {
    "gives every cookie one life": {
      send: (res, answer, headers) =>
        RIGHT.send(
          res,
          answer,
          headers.map(([name, value]) => [name, value.replace(/Max-Age=\d+/, "Max-Age=2592000")]),
        ),
    },
  },
  "takes a hostile cookie for no cookie, without asking the store": {
    "fails on odd cookies": {
      async open(sessions, req, isLazy) {
        if (/[%"']/.test(req.headers.cookie ?? "")) throw new Error("odd")
        return RIGHT.open(sessions, req, isLazy)
      },
    },
  },
  "takes a cookie that was changed in one place for none": { "goes by the id alone": believesIds() },
  "moves to a new token at login, and the old one leads nowhere": { "goes by the id alone": believesIds() },
  "ends the session and clears the cookie at logout": {
    "sends each cookie twice": {
      send: (res, answer, headers) =>
        RIGHT.send(res, answer, [...headers, ...headers.filter(([name]) => name === "set-cookie")]),
    },
  },
  "does not let a slow request sign back in after a logout": { "ignores failures": ignoresFailures },
  "saves nothing of a request that ends in an error, but still logs out": {
    "commits whatever the status": {
      commit: (sessions, session, answer) => RIGHT.commit(sessions, session, { ...answer, status: 200 }),
    },
  },
  "answers 5xx without a cookie when the session can't be saved": {
    "ignores failures": ignoresFailures,
    "keeps the headers of the answer": {
      fail: (res, answer) => RIGHT.send(res, { status: 500, headers: answer?.headers ?? {} }, []),
    },
  },
  "answers 5xx and leaves the cookie alone when the session can't be read": {
    "begins a new session": {
      open: (sessions, req, isLazy) =>
        RIGHT.open(sessions, req, isLazy).catch(() => sessions.open({}).load()),
    },
  },
  "sends nothing before the session is safe": { "sends before it commits": { isEarly: true } },
  "refuses data that JSON can't hold, and keeps what was there": { "ignores failures": ignoresFailures },
  "answers 5xx without a cookie when the session does not fit into one": {
    "ignores failures": ignoresFailures,
  },
  "keeps the session with responses that have no body": {
    "answers 200 to each request": {
      send: (res, answer, headers) => RIGHT.send(res, { ...answer, status: 200 }, headers),
    },
    "commits nothing": commitsNothing,
  },
  "keeps every key that parallel requests write": { "commits nothing": commitsNothing },
  "counts exactly with update()": { "commits nothing": commitsNothing },
}
