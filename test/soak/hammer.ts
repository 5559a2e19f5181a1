import { fork } from "node:child_process"
import { join } from "node:path"
import { createSessions } from "../../src/index.ts"
import { openStore } from "./store.ts"
import type { HammerData, Order, Tally } from "./worker.ts"

/** What several processes did to one session, and what was left of it. */
export interface HammerReport {
  /** Requests that were acknowledged, over all processes. */
  readonly commits: number
  readonly updates: number
  /** Requests that were refused with an error, such as too many conflicts; none of their writes count. */
  readonly refused: number
  /** Acknowledged writes that were not found at the end. Must be 0. */
  readonly lostKeys: number
  /** Acknowledged updates minus the counter. Must be 0. */
  readonly lostUpdates: number
  /** Requests that saw or made the session live after its logout was acknowledged. Must be 0. */
  readonly revivals: number
}

/** Lets `processes` processes work on one session for so many seconds, then on another that is logged out under way. */
export async function hammer(url: string, processes: number, seconds: number): Promise<HammerReport> {
  const store = await openStore(url)
  try {
    const sessions = createSessions<HammerData>({ store, timeout: 20 })
    const begin = async (): Promise<string> => {
      const session = await sessions.open({}).load()
      session.data.n = 0
      const { headers } = await sessions.commit(session)
      return headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
    }
    const written = await begin()
    const ended = await begin()
    const workers = Array.from({ length: processes }, (_, worker) =>
      startWorker({ url, written, ended, worker, seconds }),
    )
    // Half of the second session's time is over when it is logged out; the workers then look once more.
    await Promise.all(workers.map(({ isHalfWay }) => isHalfWay))
    const quitter = await sessions.open({ cookie: ended }).load()
    quitter.logout()
    await sessions.commit(quitter)
    const tallies = await Promise.all(workers.map(({ finish }) => finish()))

    const { data } = await sessions.open({ cookie: written }).load()
    const acknowledged = tallies.flatMap(({ keys }) => Object.entries(keys))
    const sum = (count: (tally: Tally) => number): number =>
      tallies.reduce((all, tally) => all + count(tally), 0)
    return {
      commits: sum(({ commits }) => commits),
      updates: sum(({ updates }) => updates),
      refused: sum(({ refused }) => refused),
      lostKeys: acknowledged.filter(([key, value]) => data[key] !== value).length,
      lostUpdates: sum(({ updates }) => updates) - (data.n ?? 0),
      revivals: sum(({ revivals }) => revivals),
    }
  } finally {
    await store.close()
  }
}

function startWorker(order: Order): { isHalfWay: Promise<void>; finish: () => Promise<Tally> } {
  const child = fork(join(import.meta.dirname, "worker.ts"), [JSON.stringify(order)])
  const halfWay = Promise.withResolvers<void>()
  const tally = Promise.withResolvers<Tally>()
  child.on("message", (message: "half way" | Tally) => {
    if (message === "half way") halfWay.resolve()
    else tally.resolve(message)
  })
  child.on("exit", (code) => {
    const error = new Error(`A worker ended with code ${code} before it had reported`)
    halfWay.reject(error)
    tally.reject(error)
  })
  return {
    isHalfWay: halfWay.promise,
    finish() {
      child.send("logged out")
      return tally.promise
    },
  }
}
