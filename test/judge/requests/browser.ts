import { Agent, get, type IncomingMessage } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import { PATH, type PageAnswer, type Question, sharedClock } from "./pages.ts"
import type { Ask, Visit } from "./visit.ts"

/** The requests of a trial, as they come. */
export interface Log {
  /** Gives a request its number. */
  next(): number
  add(visit: Visit): void
}

/** A browser, which keeps the cookies of whichever answer came last. */
export interface Browser {
  readonly name: string
  /** Who was signed in by the last answer that said so. */
  readonly user: string | null
  /** Sends a request and resolves once it is over, however it ended. */
  send(ask: Ask, pause?: number): Promise<Visit>
  /** Sends a request with cookies from before, past the browser, as somebody who has a copy of them. */
  sendCopy(ask: Ask): Promise<Visit | undefined>
}

/** What a browser needs to know of the site. */
export interface Site {
  /** What acknowledges a request: the head of its answer, which brings the cookies, or the whole of it. */
  readonly acknowledgedBy: "head" | "body"
  /** For how many milliseconds an answer is under way, at most, so that answers overtake each other. */
  readonly latency: number
  /** A port at which a process answers at the moment. */
  port(): number
  /** The session that cookies name, where they do. */
  idIn(cookies: string): string | undefined
}

/** Cookies in use, and the request whose answer brought the last of them. */
interface Jar {
  readonly cookies: ReadonlyMap<string, string>
  readonly source: number | undefined
}

const agent = new Agent({ keepAlive: true, maxSockets: 512 })

export function openBrowser(name: string, site: Site, log: Log, random: () => number): Browser {
  let jar: Jar = { cookies: new Map(), source: undefined }
  let user: string | null = null
  const old: Jar[] = []

  function take(response: IncomingMessage, number: number): string | null | undefined {
    const lines = response.headers["set-cookie"] ?? []
    if (lines.length === 0) return undefined
    if (jar.cookies.size > 0) old.push(jar)
    if (old.length > MOST_COPIES) old.shift()
    jar = { cookies: withCookies(jar.cookies, lines), source: number }
    const set = textOf(withCookies(new Map(), lines))
    return set === "" ? null : set
  }

  function send(ask: Ask, pause: number, { cookies, source }: Jar, isCopy: boolean): Promise<Visit> {
    const number = log.next()
    const isOperators = ask.do === "revoke" || ask.do === "revokeUser"
    const sent = isOperators || cookies.size === 0 ? undefined : textOf(cookies)
    const sentId = sent === undefined ? undefined : site.idIn(sent)
    const asked = {
      number,
      by: isOperators ? "operator" : name,
      ask,
      ...(sent !== undefined && { sent }),
      ...(sentId !== undefined && { sentId }),
      ...(sent !== undefined && source !== undefined && { source }),
      ...(isCopy && { isCopy: true as const }),
    }
    const question: Question = { ask, pause }
    const path = `${PATH}?q=${encodeURIComponent(JSON.stringify(question))}`
    const begin = sharedClock()
    return new Promise((resolve) => {
      let isOver = false
      const finish = (rest: Omit<Visit, keyof typeof asked | "begin">): void => {
        if (isOver) return
        isOver = true
        const visit: Visit = { ...asked, begin, ...rest }
        log.add(visit)
        if (visit.seen && !isCopy) user = visit.ask.do === "login" ? visit.ask.user : visit.seen.user
        resolve(visit)
      }
      const request = get(
        {
          port: site.port(),
          host: "127.0.0.1",
          path,
          agent,
          headers: sent === undefined ? {} : { cookie: sent },
        },
        async (response) => {
          const reading = textIn(response).catch(() => undefined)
          if (site.latency > 0) await sleep(random() * site.latency)
          if (isOver) return
          const head = sharedClock()
          const given = isCopy || isOperators ? undefined : take(response, number)
          const givenId = typeof given === "string" ? site.idIn(given) : undefined
          const gift = { ...(given !== undefined && { given }), ...(givenId !== undefined && { givenId }) }
          const text = await reading
          const end = site.acknowledgedBy === "head" ? head : sharedClock()
          finish({
            end,
            ...gift,
            ...(text !== undefined && { status: response.statusCode!, ...contentIn(text) }),
          })
        },
      )
      request.setTimeout(PATIENCE, () => request.destroy())
      request.once("error", () => finish({ end: Number.POSITIVE_INFINITY }))
    })
  }

  return {
    name,
    get user() {
      return user
    },
    send: (ask, pause = 0) => send(ask, pause, jar, false),
    async sendCopy(ask) {
      const copy = old[Math.floor(random() * old.length)]
      return copy && send(ask, 0, copy, true)
    },
  }
}

/** The cookies after an answer with these lines of `Set-Cookie`. */
function withCookies(cookies: ReadonlyMap<string, string>, lines: readonly string[]): Map<string, string> {
  const next = new Map(cookies)
  for (const line of lines) {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim())
    const at = pair.indexOf("=")
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    const isOver = attributes.some((attribute) => {
      const [key = "", text = ""] = attribute.split("=")
      if (key.toLowerCase() === "max-age") return Number(text) <= 0
      return key.toLowerCase() === "expires" && Date.parse(text) <= Date.now()
    })
    if (isOver) next.delete(name)
    else next.set(name, value)
  }
  return next
}

function textOf(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ")
}

async function textIn(response: IncomingMessage): Promise<string> {
  let text = ""
  for await (const chunk of response.setEncoding("utf8")) text += chunk
  return text
}

/** What an answer says; an error of Koa's says it in words. */
function contentIn(text: string): Partial<Pick<Visit, "code"> & PageAnswer> {
  try {
    const { server, seen, steps, marked, code } = JSON.parse(text) as PageAnswer & { code?: string }
    const content = { server, seen, steps, marked, code }
    return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined))
  } catch {
    return {}
  }
}

/** How many of its former cookies somebody has a copy of. */
const MOST_COPIES = 8
/** After how many milliseconds without a byte a request is given up. */
const PATIENCE = 20_000
