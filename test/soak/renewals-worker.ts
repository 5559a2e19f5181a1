import { createSessions, type SessionEvent } from "../../src/index.ts"
import { turnClock } from "./clock.ts"
import { serveOrders } from "./crew.ts"
import { openStore } from "./store.ts"
import { cookieIn } from "./turns.ts"

/** Requests of one moment: so many with each of these cookies. */
export interface RenewalOrder {
  /** By how many seconds the clock moves on first. */
  readonly pass: number
  readonly cookies: readonly string[]
  readonly requests: number
}

export interface RenewalAnswer {
  /** The cookies that each of the sessions was answered with. */
  readonly answers: readonly (readonly string[])[]
  /** Requests that were nobody's. */
  readonly refused: number
  readonly alarms: number
}

const { url, skew } = JSON.parse(process.argv[2]!) as { url: string; skew: number }
turnClock(skew)
const store = await openStore(url)
let alarms = 0
const sessions = createSessions<{ n?: number }>({
  store,
  renew: 600,
  grace: 60,
  timeout: 30,
  observe: ({ type }: SessionEvent) => {
    if (type === "reused") alarms++
  },
})

serveOrders<RenewalOrder, RenewalAnswer>(async ({ pass, cookies, requests }) => {
  turnClock(pass)
  let refused = 0
  alarms = 0
  const answers = await Promise.all(
    cookies.map(async (cookie) => {
      const given: string[] = []
      const request = async (n: number): Promise<void> => {
        const session = await sessions.open({ cookie }).load()
        if (session.userId === null) refused++
        else if (n % 5 === 0) session.data.n = n
        const next = cookieIn((await sessions.commit(session)).headers)
        if (next) given.push(next)
      }
      await Promise.all(Array.from({ length: requests }, (_, n) => request(n)))
      return given
    }),
  )
  return { answers, refused, alarms }
}, store.close)
