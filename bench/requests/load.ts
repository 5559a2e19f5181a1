/** A process that is all the visitors. */
import { type Answer, type Connection, connect } from "./connection.ts"
import { tokenOf, userOf, type Work } from "./work.ts"

/** What the process is told to do, one thing at a time. */
export type LoadOrder =
  | {
      readonly do: "open"
      readonly id: string
      readonly origin: string
      readonly work: Work
      readonly isKept: boolean
      readonly sessions: number
      readonly inUse: number
    }
  | { readonly do: "run"; readonly id: string; readonly seconds: number }
  | { readonly do: "report"; readonly id: string }
  | { readonly do: "close"; readonly id: string }

/** What all runs since the last report came to. */
export interface Report {
  readonly requests: number
  readonly seconds: number
  /** In milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Answers that did not follow from the visitor's last: what a parallel request wrote over. */
  readonly lostWrites: number
  /** What must not happen: a status that is not 2xx, or somebody else's session or none. */
  readonly failures: readonly string[]
}

/** Somebody with a connection and a cookie, who remembers what the site said last. */
interface Visitor {
  readonly connection: Connection
  readonly path: string
  user: string | null
  cookie: string | undefined
  views: number
}

interface Crowd {
  readonly work: Work
  /** Whether the site keeps sessions, so that its answers must follow from each other. */
  readonly isKept: boolean
  /** How many sessions lie there already, for each request to be of any of them; 0: every visitor has one. */
  readonly sessions: number
  /** How many of these, spread over all of them, the requests are of. */
  readonly inUse: number
  readonly visitors: readonly Visitor[]
  tally: Tally
}

/** What the runs since the last report came to so far. */
interface Tally {
  /** Milliseconds of each request. */
  readonly took: number[]
  readonly failures: string[]
  lostWrites: number
  seconds: number
}

const nothing = (): Tally => ({ took: [], failures: [], lostWrites: 0, seconds: 0 })

/** What a site without sessions is sent, so that its requests are as long as ours: reading headers takes time too. */
const UNREAD_COOKIE = `__Host-session=${"x".repeat(43)}`

const crowds = new Map<string, Crowd>()

process.on("message", async (order: LoadOrder) => {
  try {
    process.send?.(await carryOut(order))
  } catch (error) {
    process.send?.({ failure: String((error as Error).stack) })
  }
})
process.on("disconnect", () => process.exit())
stayAwake()

async function carryOut(order: LoadOrder): Promise<Report | object> {
  if (order.do === "open") {
    crowds.set(order.id, await gather(order))
    return {}
  }
  const crowd = crowds.get(order.id)!
  if (order.do === "run") await run(crowd, order.seconds)
  else if (order.do === "report") return report(crowd)
  else {
    for (const { connection } of crowd.visitors) connection.close()
    crowds.delete(order.id)
  }
  return {}
}

async function gather({ origin, work, isKept, sessions, inUse }: LoadOrder & { do: "open" }): Promise<Crowd> {
  const visitors: Visitor[] = []
  let first: Visitor | undefined
  for (let n = 0; n < work.connections; n++) {
    const user = `user-${work.isShared ? 0 : n}`
    const login = `/login?user=${user}&bytes=${work.bytes}`
    const path = work.path === "/login" ? login : work.path === "/mark" ? `/mark?n=${n}` : work.path
    const visitor: Visitor = {
      connection: connect(origin),
      path,
      user: work.hasCookie ? user : null,
      cookie: work.isShared ? first?.cookie : undefined,
      views: 0,
    }
    if (work.hasCookie && !visitor.cookie && sessions === 0) {
      take(visitor, await visitor.connection.get(login, undefined))
      if (!isKept) visitor.cookie = UNREAD_COOKIE
    }
    first ??= visitor
    visitors.push(visitor)
  }
  return { work, isKept, sessions, inUse, visitors, tally: nothing() }
}

/**
 * Looks for answers without a pause. Waking a process that sleeps is charged to whoever wakes it, and more so on
 * virtual machines: a faster server keeps the load busy and would not pay, a slower one would, at every answer.
 */
function stayAwake(): void {
  setImmediate(stayAwake)
}

async function run(
  { work, isKept, sessions, inUse, visitors, tally }: Crowd,
  seconds: number,
): Promise<void> {
  const { took, failures } = tally
  const step = Math.floor(sessions / inUse)
  const begin = performance.now()
  const end = begin + seconds * 1000

  async function visit(visitor: Visitor): Promise<void> {
    for (let now = performance.now(); now < end && failures.length === 0; ) {
      if (sessions > 0) become(visitor, 1 + step * Math.floor(Math.random() * inUse))
      const answer = await visitor.connection.get(visitor.path, visitor.cookie)
      const after = performance.now()
      took.push(after - now)
      now = after
      const failure = check(visitor, answer)
      if (failure) failures.push(failure)
      if (!work.isShared && sessions === 0) take(visitor, answer)
    }
  }

  function become(visitor: Visitor, n: number): void {
    visitor.user = userOf(n)
    visitor.cookie = `__Host-session=${tokenOf(n)}`
  }

  function check(visitor: Visitor, { status, text }: Answer): string | undefined {
    if (status < 200 || status > 299) return `${visitor.path} answered ${status}: ${text.slice(0, 200)}`
    if (!isKept) return undefined
    const { user, views } = JSON.parse(text) as { user?: string | null; views?: number }
    if (user !== undefined && user !== visitor.user)
      return `${visitor.path} took ${visitor.user} for ${user}: a session was lost`
    if (views === undefined || sessions > 0) return undefined
    if (views !== visitor.views + 1) {
      if (!work.isShared) return `${visitor.path} answered ${views} after ${visitor.views}: a write was lost`
      tally.lostWrites++
    }
    visitor.views = views
    return undefined
  }

  await Promise.all(visitors.map(visit))
  tally.seconds += (performance.now() - begin) / 1000
}

function report(crowd: Crowd): Report {
  const { took, seconds, lostWrites, failures } = crowd.tally
  crowd.tally = nothing()
  took.sort((a, b) => a - b)
  const quantile = (share: number): number => took[Math.floor(took.length * share)] ?? 0
  return {
    requests: took.length,
    seconds,
    p50: quantile(0.5),
    p99: quantile(0.99),
    lostWrites,
    failures,
  }
}

/** Does with cookies what a browser does, as far as one site with few cookies needs it. */
function take(visitor: Visitor, { cookies }: Answer): void {
  if (cookies.length === 0) return
  const jar = new Map(visitor.cookie?.split("; ").map((pair) => [pair.slice(0, pair.indexOf("=")), pair]))
  for (const cookie of cookies) {
    const pair = cookie.split(";", 1)[0]!
    jar.set(pair.slice(0, pair.indexOf("=")), pair)
  }
  visitor.cookie = [...jar.values()].join("; ")
}
