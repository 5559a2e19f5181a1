import type { Plan } from "../sites/site.ts"
import type { LoadOrder, Report } from "./load.ts"
import { type Partner, start } from "./process.ts"
import type { ServeAnswer, ServeOrder } from "./serve.ts"
import type { Framework } from "./target.ts"
import type { Work } from "./work.ts"

/** How long everything takes. */
export interface Pace {
  readonly rounds: number
  /** Of each target in each round, in slices of which the targets take one in turn. */
  readonly seconds: number
  readonly slices: number
  /** Of each target before each round, in the same turns, for the compiler. */
  readonly warmUp: number
}

/** Something that is measured. */
export interface Target {
  /** The library, as a rule: what the targets that are measured beside each other differ in. */
  readonly name: string
  readonly framework: Framework
  readonly plan: Plan
  /** Whether it keeps sessions, so that its answers must follow from each other. */
  readonly isKept: boolean
}

export const QUICK: Pace = { rounds: 3, seconds: 0.3, slices: 3, warmUp: 0.3 }
export const FULL: Pace = { rounds: 5, seconds: 1, slices: 10, warmUp: 3 }

/** What one target's requests cost: the median of the rounds, and how far they lay apart. */
export interface Figures {
  /** The target's name. */
  readonly library: string
  /** CPU microseconds of the server's process for each request. */
  readonly cpu: Spread
  /** The same over that of the first target in the same round. */
  readonly ratio: Spread
  readonly perSecond: Spread
  /** Milliseconds. */
  readonly p50: Spread
  readonly p99: Spread
  readonly requests: number
  readonly lostWrites: number
}

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** One round of one target. */
interface Round {
  /** Microseconds of each request. */
  readonly cpu: number
  readonly report: Report
}

/**
 * Targets doing one work. Each round has processes of its own, since two processes with the same code are
 * not equally fast: the compiler decides anew in each. Within a round the targets take turns in short slices, so that
 * what else goes on in the machine, or in those that share its hardware, befalls all of them.
 */
export async function measure(targets: readonly Target[], work: Work, pace: Pace): Promise<Figures[]> {
  const load: Partner<LoadOrder, Report> = start(new URL("load.ts", import.meta.url), LOAD_CORE, {
    isLast: true,
  })
  const rounds: Round[][] = []
  try {
    for (let round = 0; round < pace.rounds; round++) rounds.push(await runRound())
  } finally {
    await load.close()
  }
  return targets.map(({ name }, n) => {
    const mine = rounds.map((round) => round[n]!)
    const first = rounds.map((round) => round[0]!)
    return {
      library: name,
      cpu: spread(mine.map(({ cpu }) => cpu)),
      ratio: spread(mine.map(({ cpu }, round) => cpu / first[round]!.cpu)),
      perSecond: spread(mine.map(({ report }) => report.requests / report.seconds)),
      p50: spread(mine.map(({ report }) => report.p50)),
      p99: spread(mine.map(({ report }) => report.p99)),
      requests: sum(mine.map(({ report }) => report.requests)),
      lostWrites: sum(mine.map(({ report }) => report.lostWrites)),
    }
  })

  async function runRound(): Promise<Round[]> {
    const running: RunningTarget[] = []
    try {
      for (const target of targets) running.push(await startTarget(target, work, load))
      await takeTurns(running, pace.warmUp, pace.slices)
      for (const { report } of running) await report()
      await takeTurns(running, pace.seconds, pace.slices)
      const round: Round[] = []
      for (const { report } of running) round.push(await report())
      return round
    } finally {
      for (const { close } of running) await close()
    }
  }
}

/** Each target runs for so many seconds in all. None may rest for long: one that slept for seconds is slower for a while. */
async function takeTurns(targets: readonly RunningTarget[], seconds: number, slices: number): Promise<void> {
  for (let slice = 0; slice < slices; slice++)
    for (const { run } of slice % 2 === 0 ? targets : targets.toReversed()) await run(seconds / slices)
}

/** A site with its visitors, who wait. */
interface RunningTarget {
  run(seconds: number): Promise<void>
  /** What the runs since the last report came to. Throws when anything failed that must not. */
  report(): Promise<Round>
  close(): Promise<void>
}

async function startTarget(
  { name, framework, plan, isKept }: Target,
  work: Work,
  load: Partner<LoadOrder, Report>,
): Promise<RunningTarget> {
  const site: Partner<ServeOrder, ServeAnswer> = start(new URL("serve.ts", import.meta.url), SERVER_CORE, {
    args: [JSON.stringify({ framework, plan })],
  })
  let spent = 0
  try {
    const { port } = (await site.next()) as { port: number }
    const origin = `http://127.0.0.1:${port}`
    const { sessions, inUse = sessions } = plan
    await load.ask({ do: "open", id: name, origin, work, isKept, sessions, inUse })
  } catch (error) {
    await site.close()
    throw error
  }
  return {
    async run(seconds) {
      await site.ask("begin")
      await load.ask({ do: "run", id: name, seconds })
      spent += ((await site.ask("end")) as { cpu: number }).cpu
    },
    async report() {
      const report = await load.ask({ do: "report", id: name })
      const [failure] = report.failures
      if (failure !== undefined)
        throw new Error(`${framework} ${plan.store} ${name} ${work.name}: ${failure}`)
      const cpu = spent / report.requests
      spent = 0
      return { cpu, report }
    },
    async close() {
      await load.ask({ do: "close", id: name })
      await site.close()
    },
  }
}

/** Servers have one core for themselves; everything else, the stores' servers too, shares the other. */
export const SERVER_CORE = 0
export const LOAD_CORE = 1

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
  return { median, least: sorted[0]!, most: sorted.at(-1)! }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
