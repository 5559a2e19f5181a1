import { join } from "node:path"
import { createSessions } from "../../src/index.ts"
import { clockOffset } from "./clock.ts"
import { startCrew } from "./crew.ts"
import type { RenewalAnswer, RenewalOrder } from "./renewals-worker.ts"
import { openStore } from "./store.ts"
import { cookieIn } from "./turns.ts"

/** What came of many renewals. All but `renewals` and `requests` must be 0. */
export interface RenewalsReport {
  renewals: number
  requests: number
  /** Requests that came with the cookie that the browser held, and were nobody's. */
  refused: number
  /** Moments after which requests of one session had been given different cookies. */
  torn: number
  /** Secrets that were called reused, of which none was. */
  alarms: number
}

/**
 * Sessions of several processes whose secrets are renewed again and again: each time all processes send requests at
 * once with the cookie that the browser holds, then with the one it was given. Of every third renewal the answers are lost, and
 * the browser comes back with the old cookie after five minutes.
 */
export async function renewals(
  url: string,
  {
    sessions: count,
    rounds,
    requests,
    processes,
  }: { sessions: number; rounds: number; requests: number; processes: number },
): Promise<RenewalsReport> {
  const store = await openStore(url)
  const report: RenewalsReport = { renewals: 0, requests: 0, refused: 0, torn: 0, alarms: 0 }
  const workers = Array.from({ length: processes }, () => ({ url, skew: clockOffset() }))
  const crew = await startCrew<RenewalOrder, RenewalAnswer>(
    join(import.meta.dirname, "renewals-worker.ts"),
    workers,
  )
  try {
    const begin = async (n: number): Promise<string> => {
      const session = await createSessions({ store }).open({}).load()
      session.login(`user ${n}`)
      return cookieIn((await createSessions({ store }).commit(session)).headers)!
    }
    const jars = await Promise.all(Array.from({ length: count }, (_, n) => begin(n)))

    /** All processes at once; gives the one cookie that each session was answered with. */
    const moment = async (pass: number): Promise<readonly (string | undefined)[]> => {
      const each = Math.ceil(requests / processes)
      const answers = await crew.ask(() => ({ pass, cookies: jars, requests: each }))
      report.requests += each * processes * count
      for (const { refused, alarms } of answers) {
        report.refused += refused
        report.alarms += alarms
      }
      return jars.map((_, n) => {
        const given = new Set(answers.flatMap((answer) => answer.answers[n]!))
        if (given.size > 1) report.torn++
        return [...given][0]
      })
    }

    const arrive = (given: readonly (string | undefined)[]): void => {
      for (const [n, cookie] of given.entries()) jars[n] = cookie ?? jars[n]!
    }

    for (let round = 0; round < rounds; round++) {
      const given = await moment(601)
      report.renewals += given.filter(Boolean).length
      if (round % 3 < 2) arrive(given)
      else {
        const again = await moment(300)
        report.torn += given.filter((cookie, n) => cookie !== again[n]).length
        arrive(again)
      }
      arrive(await moment(1))
      arrive(await moment(61))
    }
    return report
  } finally {
    await crew.end()
    await store.close()
  }
}
