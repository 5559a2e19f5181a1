import { setTimeout as sleep } from "node:timers/promises"
import { seeded } from "../../../src/testing/history/workload.ts"
import type { Arena } from "../backends.ts"
import { type Fault, faultsOf, inflict } from "../faults.ts"
import { type Browser, openBrowser, type Site } from "./browser.ts"
import { startCrew } from "./crew.ts"
import type { Stretch } from "./history.ts"
import { sharedClock } from "./pages.ts"
import type { SiteOrder } from "./server.ts"
import type { Visit } from "./visit.ts"
import { type Habits, work } from "./workload.ts"

/** How requests are made, and for how long. */
export interface TrialOptions {
  readonly order: SiteOrder
  readonly seed: number
  readonly habits: Habits
  /** It is over after so many requests, or so many seconds and at least so many requests. */
  readonly requests?: number
  readonly seconds?: number
  readonly least?: number
  /** What fails meanwhile, if anything. */
  readonly arena?: Arena
  readonly processes: number
  /** @default 6 */
  readonly browsers?: number
  /** How many requests each browser has under way. @default 3 */
  readonly lanes?: number
  /** For how many milliseconds a page is busy before it changes its session, at most. @default 6 */
  readonly busy?: number
  /** The session that cookies name, where they do. */
  readonly idIn?: (cookies: string) => string | undefined
  /** @default "head" */
  readonly acknowledgedBy?: Site["acknowledgedBy"]
  /** For how many milliseconds an answer is under way, at most. @default 0 */
  readonly latency?: number
}

/** What came of it. */
export interface Trial {
  readonly visits: readonly Visit[]
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  /** When they were inflicted. */
  readonly stretches: readonly Stretch[]
}

/** Lets browsers send parallel requests to a site of several processes, and fails what it stands on meanwhile. */
export async function makeRequests({
  order,
  seed,
  habits,
  seconds = Number.POSITIVE_INFINITY,
  requests = Number.POSITIVE_INFINITY,
  least = 0,
  arena,
  processes,
  browsers: count = 6,
  lanes = 3,
  busy = 6,
  idIn = () => undefined,
  acknowledgedBy = "head",
  latency = 0,
}: TrialOptions): Promise<Trial> {
  const random = seeded(seed)
  const crew = await startCrew(order, processes, random)
  const visits: Visit[] = []
  let last = -1
  const log = { next: () => ++last, add: (visit: Visit) => void visits.push(visit) }
  const browsers = Array.from({ length: count }, (_, n) =>
    openBrowser(`b${n}`, { port: crew.port, idIn, acknowledgedBy, latency }, log, random),
  )
  const end = sharedClock() + seconds * 1000
  const goesOn = (): boolean => last + 1 < (sharedClock() < end ? requests : least)
  const someId = (): string | undefined => {
    const recent = visits[visits.length - 1 - Math.floor(random() * Math.min(200, visits.length))]
    return recent?.givenId ?? recent?.sentId
  }
  const workload = { habits, random, users: USERS, busy, someId, goesOn }
  const working = (browser: Browser, n: number): Promise<void>[] =>
    Array.from({ length: lanes }, () => work(browser, USERS[n % USERS.length]!, workload))
  try {
    const failing = failNowAndThen(arena, crew.killOne, random, end)
    await Promise.all([...browsers.flatMap(working), failing])
    return { visits, ...(await failing) }
  } finally {
    await crew.end()
  }
}

async function failNowAndThen(
  arena: Arena | undefined,
  killProcess: () => Promise<void>,
  random: () => number,
  end: number,
): Promise<Omit<Trial, "visits">> {
  const faults: Partial<Record<Fault, number>> = {}
  const stretches: Stretch[] = []
  const possible = arena ? faultsOf(arena) : []
  while (arena) {
    await sleep(200 + random() * CALM)
    if (sharedClock() > end - 1500) break
    const fault = possible[Math.floor(random() * possible.length)]!
    const begin = sharedClock()
    await inflict(fault, arena, killProcess)
    stretches.push({ begin, end: sharedClock() })
    faults[fault] = (faults[fault] ?? 0) + 1
  }
  return { faults, stretches }
}

/** Each the home of two browsers. */
const USERS = ["ada", "bob", "cleo"]
/** The milliseconds between two faults, at most. */
const CALM = 2000
