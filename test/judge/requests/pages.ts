import { setTimeout as sleep } from "node:timers/promises"
import type { Ask, Sight } from "./visit.ts"

/** What the pages of a judged site do with the session of a request, in the words of one library. */
export interface Pages<Request = unknown> {
  /** What it holds at the moment. Not to be changed by what follows. */
  sight(request: Request): Sight
  /**
   * Signs in as the library's documentation says, once the password is checked. When it had the user's mark, in milliseconds, if it has
   * such a thing.
   */
  login(request: Request, user: string, checkPassword: () => Promise<void>): unknown
  logout(request: Request): unknown
  set(request: Request, key: string, value: string): unknown
  /** What only some libraries have. */
  more?(request: Request | undefined, ask: Ask): Promise<object>
}

/** What a page is asked. */
export interface Question {
  readonly ask: Ask
  /** For how many milliseconds the page is busy with something else before it changes its session. */
  readonly pause: number
}

/** The answer of a page, as JSON. */
export interface PageAnswer {
  readonly server: string
  readonly seen?: Sight
  readonly steps?: readonly string[]
  readonly marked?: number
}

/** What one page of every site does: it looks, is busy for a moment, and does what it is asked. */
export async function answer<Request>(
  pages: Pages<Request>,
  request: Request,
  text: string,
): Promise<PageAnswer> {
  const { ask, pause } = JSON.parse(text) as Question
  const server = `${process.pid}`
  // An operator has no session.
  if (ask.do === "revoke" || ask.do === "revokeUser")
    return { server, ...(await pages.more!(undefined, ask)) }
  const seen = structuredClone(pages.sight(request))
  const beBusy = (): Promise<void> => sleep(pause)
  if (ask.do !== "login") await beBusy()
  switch (ask.do) {
    case "read":
      return { server, seen }
    case "set":
      await pages.set(request, ask.key, ask.value)
      return { server, seen }
    case "logout":
      await pages.logout(request)
      return { server, seen }
    case "login": {
      const marked = await pages.login(request, ask.user, beBusy)
      return { server, seen, ...(typeof marked === "number" && { marked }) }
    }
    default:
      return { server, seen, ...(await pages.more!(request, ask)) }
  }
}

/** Where a question stands in the URL. */
export const PATH = "/page"

/** Milliseconds of the machine's monotonic clock, which all its processes share. */
export function sharedClock(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
