import type { Command } from "commander"
import { isUnable } from "../stores/backend.ts"
import { skewFinding, skewOf } from "../stores/clock-finding.ts"
import { type Overview, warnOn, wholeNumber } from "./command.ts"
import { takesDjango, withEither } from "./django-site.ts"
import { EXIT, failure } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { soon } from "./patience.ts"
import { grouped, sessionsOf } from "./printable.ts"
import { showProgress } from "./progress.ts"

/** `holdfast clear-expired` */
export function addClearExpired(program: Command, invocation: Invocation): void {
  const command = program
    .command("clear-expired")
    .description(
      "remove dead sessions, in batches; it may be stopped and run again, on any number of machines",
    )
    .option("--batch-size <number>", "how many to remove at a time", wholeNumber, 1000)
    .option("--dry-run", "only count them")
  takesDjango(command).action(({ batchSize, dryRun }: { batchSize: number; dryRun?: true }) =>
    withEither(command, invocation, async (run) => {
      await warnOfSkew(run)
      return dryRun ? count(run) : clear(run, batchSize)
    }),
  )
}

/** What is dead, and when, depends on clocks. */
async function warnOfSkew({ upkeep: { clock }, streams }: Overview): Promise<void> {
  const ask = async (): Promise<number> => (await clock?.()) ?? Date.now()
  // A user of the server may not be allowed to ask for the time, and all the same to remove.
  const skew = await skewOf(ask).catch(() => 0)
  const { value, problem } = skewFinding(skew)
  if (problem) warnOn(streams)(`The store's clock is ${value}. ${problem}`)
}

async function count({ upkeep, print }: Overview): Promise<number> {
  const expired = await upkeep.countExpired().catch((error) => {
    throw isUnable(error)
      ? failure(EXIT.usage, `This store can't count dead sessions: ${error.message}`)
      : error
  })
  print({ expired }, `${sessionsOf(expired)} would be removed`)
  return EXIT.done
}

async function clear(
  { sessions, upkeep, streams: { stderr }, patience, print }: Overview,
  batchSize: number,
): Promise<number> {
  const { signal } = patience
  const total = stderr.isTTY ? await soon(upkeep.countExpired().catch(unknown), COUNTING) : undefined
  const progress = showProgress(stderr, patience, total)
  const begun = performance.now()
  const removed = await sessions
    .clearExpired({ batchSize, signal, onProgress: progress.update })
    .finally(progress.end)
  const seconds = Math.round(performance.now() - begun) / 1000
  const summary = `Removed ${sessionsOf(removed)} in ${grouped(seconds)} s`
  print(
    { removed, seconds, isInterrupted: signal.aborted },
    signal.aborted ? `${summary}, then stopped. Run it again for the rest` : summary,
  )
  return EXIT.done
}

/** Counting is only worth its time to somebody who watches, and not much of it. In milliseconds. */
const COUNTING = 3000
const unknown = (): undefined => undefined
