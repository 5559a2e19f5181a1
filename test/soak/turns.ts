import {
  createSessions,
  type Session,
  type SessionOptions,
  type Sessions,
  type Store,
} from "../../src/index.ts"
import { clockOffset, turnClock } from "./clock.ts"

/** What gives the session a new secret in the middle of it all. */
export type Turn = "login" | "rotation" | "renewal" | "renewal and rotation"

/** How the browser's responses arrive: in the order in which they were given, or in any. */
export type Arrival = "in order" | "in any order"

/** What came of many runs. All but `told` must be 0, where no rule is to blame. */
export interface TurnsReport {
  runs: number
  /** The browser ends with a cookie that opens no session, or one of nobody where somebody had signed in. */
  signedOut: number
  /** Writes that were answered with success and are not in the session that the browser ends with. */
  lost: number
  /** What was told as ended, and is in the session all the same. */
  leaked: number
  /** Secrets that were called reused, of which none was. */
  alarms: number
  /** Writes that were told that their session had ended. */
  told: number
}

type Data = Record<string, unknown>

/** Six writers and six readers with one cookie, and a login, a rotation or a renewal among them, over two engines on one store. */
export async function turns(
  [one, other]: readonly [Store, Store],
  turn: Turn,
  runs: number,
  arrival: Arrival,
): Promise<TurnsReport> {
  const report: TurnsReport = { runs, signedOut: 0, lost: 0, leaked: 0, alarms: 0, told: 0 }
  const options = {
    ...(turn.startsWith("renewal") && { renew: 600, grace: 60 }),
    observe: () => report.alarms++,
    timeout: 20,
  }
  const engines = [one, other].map((store) =>
    createSessions<Data>({ store, ...options } as SessionOptions<Data>),
  )
  const before = clockOffset()
  for (let run = 0; run < runs; run++) await oneRun(engines, turn, arrival, report)
  turnClock(before - clockOffset())
  return report
}

async function oneRun(
  engines: readonly Sessions<Data>[],
  turn: Turn,
  arrival: Arrival,
  report: TurnsReport,
): Promise<void> {
  const first = await engines[0]!.open({}).load()
  first.data.begun = true
  if (turn !== "login") first.login("ada")
  let jar = cookieIn((await engines[0]!.commit(first)).headers)!
  if (turn.startsWith("renewal")) turnClock(601)

  const sent = jar
  const responses: string[] = []
  const kept: string[] = []
  const ended: string[] = []
  async function request(n: number, work: (session: Session<Data>) => unknown, key?: string): Promise<void> {
    const sessions = engines[n % 2]!
    await soon()
    const session = await sessions.open({ cookie: sent }).load()
    await soon()
    work(session)
    try {
      const cookie = cookieIn((await sessions.commit(session)).headers)
      if (cookie !== undefined) responses.push(cookie)
      if (key) kept.push(key)
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_SESSION_ENDED") throw error
      if (key) ended.push(key)
    }
  }

  const works: Promise<void>[] = []
  if (turn === "login") works.push(request(0, (session) => session.login("ada")))
  if (turn.endsWith("rotation")) works.push(request(0, (session) => session.rotate()))
  for (let n = 0; n < 6; n++) {
    works.push(request(n, (session) => Object.assign(session.data, { [`key${n}`]: n }), `key${n}`))
    works.push(request(n + 1, (session) => session.userId))
  }
  await Promise.all(works)

  if (arrival === "in any order") responses.sort(() => Math.random() - 0.5)
  jar = responses.at(-1) ?? jar
  const session = await engines[1]!.open({ cookie: jar }).load()
  if (session.isNew || session.userId !== "ada") report.signedOut++
  else {
    report.lost += kept.filter((key) => !(key in session.data)).length
    report.leaked += ended.filter((key) => key in session.data).length
  }
  report.told += ended.length
}

/** The cookie that a response sets. */
export function cookieIn(headers: readonly (readonly [string, string])[]): string | undefined {
  return headers.find(([name]) => name === "set-cookie")?.[1].split(";")[0]
}

/** A moment of up to three milliseconds. */
export function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * 3))
}
