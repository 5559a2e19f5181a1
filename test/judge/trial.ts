import { type ChildProcess, fork } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { StoreCall } from "../../src/testing/history/call.ts"
import { drawn } from "../../src/testing/history/drawing.ts"
import { judge } from "../../src/testing/history/judge.ts"
import { explain } from "../../src/testing/history/search.ts"
import { seeded } from "../../src/testing/history/workload.ts"
import type { Arena } from "./backends.ts"
import { type Fault, faultsOf, inflict } from "./faults.ts"
import { callsIn } from "./recording.ts"
import type { WorkerOrder } from "./worker.ts"

/** What a trial of a backend came to. */
export interface Verdict {
  readonly calls: number
  /** Calls without an answer, which may have been done or not. */
  readonly unanswered: number
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  /** Ids whose calls the full search explained, or gave up. */
  readonly explained: number
  readonly givenUp: number
  /** Drawings of calls that contradict each other. Must be none. */
  readonly violations: readonly string[]
  readonly milliseconds: number
}

/** How a trial goes. */
export interface TrialOptions {
  readonly seconds: number
  readonly seed: number
  /** @default 3 */
  readonly processes?: number
  /** The seconds between two faults, at most. @default 1 */
  readonly calm?: number
}

/** Lets processes work on a backend, fails it meanwhile, and judges what they saw. */
export async function tryOut(
  arena: Arena,
  { seconds, seed, processes = 3, calm = 1 }: TrialOptions,
): Promise<Verdict> {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-history-"))
  const random = seeded(seed)
  const run = randomBytes(6).toString("hex")
  let end = performance.now() + seconds * 1000
  const files: string[] = []
  const workers: ChildProcess[] = []
  let failure: Error | undefined

  async function start(): Promise<void> {
    const name = `process ${files.length + 1}`
    const file = join(directory, `${files.length}.jsonl`)
    files.push(file)
    const left = Math.max(0.1, (end - performance.now()) / 1000)
    const order: WorkerOrder = {
      url: arena.url,
      name,
      seed: seed * 100 + files.length,
      file,
      run,
      seconds: left,
    }
    const child = fork(join(import.meta.dirname, "worker.ts"), [JSON.stringify(order)])
    workers.push(child)
    child.once("exit", (code) => {
      if (code) failure = new Error(`A process of the trial ended with code ${code}`)
    })
    await Promise.race([once(child, "message"), once(child, "exit")])
  }

  async function killOne(): Promise<void> {
    const [victim] = workers.splice(Math.floor(random() * workers.length), 1)
    const gone = once(victim!, "exit")
    victim!.kill("SIGKILL")
    await gone
    await start()
  }

  try {
    await Promise.all(Array.from({ length: processes }, start))
    end = performance.now() + seconds * 1000
    const faults: Partial<Record<Fault, number>> = {}
    const possible = faultsOf(arena)
    for (;;) {
      await sleep(random() * calm * 1000)
      if (failure) throw failure
      if (performance.now() > end - 1500) break
      const fault = possible[Math.floor(random() * possible.length)]!
      await inflict(fault, arena, killOne)
      faults[fault] = (faults[fault] ?? 0) + 1
    }
    await Promise.all(
      workers.map((child) => child.exitCode === null && child.signalCode === null && once(child, "exit")),
    )
    if (failure) throw failure
    return { ...judged(callsIn(files), arena.deadlineStep), faults }
  } finally {
    for (const child of workers) child.kill("SIGKILL")
    rmSync(directory, { recursive: true, force: true })
  }
}

function judged(calls: readonly StoreCall[], deadlineStep = 1): Omit<Verdict, "faults"> {
  const begun = performance.now()
  const violations = judge(calls, { deadlineStep }).map((violation) => drawn(violation, calls))
  const milliseconds = Math.round(performance.now() - begun)
  const ids = Map.groupBy(
    calls.filter(({ call }) => call !== "list"),
    ({ id }) => id,
  )
  const explanations = [...ids.values()].map((theirs) => explain(theirs, 20_000))
  for (const unexplained of explanations)
    if (unexplained !== "explained" && unexplained !== "unknown")
      violations.push(drawn({ rule: "some order explains the answers", calls: unexplained }, calls))
  return {
    calls: calls.length,
    unanswered: calls.filter(({ answer }) => answer === undefined).length,
    explained: explanations.filter((explanation) => explanation === "explained").length,
    givenUp: explanations.filter((explanation) => explanation === "unknown").length,
    violations,
    milliseconds,
  }
}
