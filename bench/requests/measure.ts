import type { LoadOrder, Run } from "./load.ts"
import { type Partner, start } from "./process.ts"
import type { ServeAnswer, ServeOrder } from "./serve.ts"
import type { Group, Library } from "./target.ts"
import type { Work } from "./work.ts"

/** How long everything takes. */
export interface Pace {
  readonly rounds: number
  /** Of each target in each round. */
  readonly seconds: number
  /** Of each target before each round, for the compiler. */
  readonly warmUp: number
}

/** What one target's requests cost: the median of the rounds, and how far they lay apart. */
export interface Figures {
  readonly library: Library
  /** CPU microseconds of the server's process for each request. */
  readonly cpu: Spread
  /** The same over that of `bare` in the same round. */
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

/**
 * One group of targets doing one work, in turn. Each round has processes of its own, since two processes with the same
 * code are not equally fast: the compiler decides anew in each.
 */
export async function measure(
  { framework, store, libraries }: Group,
  work: Work,
  address: string,
  pace: Pace,
): Promise<Figures[]> {
  const load: Partner<LoadOrder, Run> = start(new URL("load.ts", import.meta.url), LOAD_CORE, {
    isLast: true,
  })
  const rounds = new Map<Library, { cpu: number; run: Run }[]>(libraries.map((library) => [library, []]))
  try {
    for (let round = 0; round < pace.rounds; round++)
      for (const library of libraries) rounds.get(library)!.push(await visit(library))
  } finally {
    await load.close()
  }
  const limit = rounds.get("bare")
  return libraries.map((library) => {
    const mine = rounds.get(library)!
    return {
      library,
      cpu: spread(mine.map(({ cpu }) => cpu)),
      ratio: spread(mine.map(({ cpu }, n) => cpu / (limit?.[n]?.cpu ?? Number.NaN))),
      perSecond: spread(mine.map(({ run }) => run.requests / run.seconds)),
      p50: spread(mine.map(({ run }) => run.p50)),
      p99: spread(mine.map(({ run }) => run.p99)),
      requests: sum(mine.map(({ run }) => run.requests)),
      lostWrites: sum(mine.map(({ run }) => run.lostWrites)),
    }
  })

  /** One round of one target. */
  async function visit(library: Library): Promise<{ cpu: number; run: Run }> {
    const plan = { store, library, address, isLazy: work.isLazy }
    const site: Partner<ServeOrder, ServeAnswer> = start(new URL("serve.ts", import.meta.url), SERVER_CORE, {
      args: [JSON.stringify({ framework, plan })],
    })
    try {
      const { port } = (await site.next()) as { port: number }
      const origin = `http://127.0.0.1:${port}`
      await load.ask({
        do: "open",
        id: library,
        origin,
        work,
        isKept: library !== "bare" && library !== "empty",
      })
      refuse(library, await load.ask({ do: "run", id: library, seconds: pace.warmUp }))
      await site.ask("begin")
      const run = await load.ask({ do: "run", id: library, seconds: pace.seconds })
      const { cpu } = (await site.ask("end")) as { cpu: number }
      refuse(library, run)
      await load.ask({ do: "close", id: library })
      return { cpu: cpu / run.requests, run }
    } finally {
      await site.close()
    }
  }

  function refuse(library: Library, { failures }: Run): void {
    if (failures.length > 0) throw new Error(`${framework} ${store} ${library} ${work.name}: ${failures[0]}`)
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
