import { randomBytes } from "node:crypto"
import type { Command } from "commander"
import type { Store } from "../index.ts"
import type { Finding } from "../stores/backend.ts"
import { advised } from "./advice.ts"
import { printer, type Run, reached, timeoutOf, withStore } from "./command.ts"
import { EXIT } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { soon } from "./patience.ts"
import { linesOf, reportOf } from "./report.ts"
import { examineSite } from "./site/examination.ts"
import { DEFAULT_NAME } from "./site/presence.ts"
import { type SiteFlags, type SiteQuestion, siteQuestion } from "./site/question.ts"
import { trial } from "./trial.ts"

/** `holdfast doctor` */
export function addDoctor(program: Command, invocation: Invocation): void {
  program
    .command("doctor")
    .description("try whether store and site are fit to keep sessions, and say what to do if not")
    .option("--look", "only look: write nothing, not even a session of its own for a moment")
    .option("--url <url>", "look at a page of the live site: its cookie, its proxies, its caches")
    .option("--cookie <name>", `with --url: the session cookie's name (default: ${DEFAULT_NAME})`)
    .action(async (flags: SiteFlags & { readonly look?: boolean }, command: Command) => {
      const site = siteQuestion(flags)
      if (site && !command.optsWithGlobals<{ store?: string }>().store)
        invocation.exitCode = await answer(printer(command, invocation), [], site)
      else
        await withStore(
          command,
          invocation,
          async (run) => answer(run.print, await examine(run, timeoutOf(command), flags.look ?? false), site),
          { mayFail: true },
        )
    })
}

/** Examines the site, if there is one, prints what was found of it and of the store, and gives the exit code. */
async function answer(
  print: Run["print"],
  ofStore: readonly Finding[],
  site: SiteQuestion | undefined,
): Promise<number> {
  const { findings: ofSite, isReached } = site ? await examineSite(site) : { findings: [], isReached: true }
  const report = reportOf([...ofStore, ...ofSite])
  print(report, linesOf(report))
  if (!isReached) return EXIT.store
  return report.isFine ? EXIT.done : EXIT.nothing
}

/** Looks at one thing after the other, until one does not answer. */
async function examine(run: Run, seconds: number, isLook: boolean): Promise<Finding[]> {
  const { store, upkeep, label, patience } = run
  const findings: Finding[] = []

  /** Whether it is worth going on. */
  async function look(name: string, work: () => Promise<readonly Finding[]>): Promise<boolean> {
    try {
      const found = await soon(work(), seconds * 1000)
      findings.push(...(found ?? [silent(name, seconds)]))
      return found !== undefined && !patience.signal.aborted
    } catch (error) {
      findings.push({ name, value: name === "connection" ? label : "failed", problem: advised(error) })
      return name !== "connection"
    }
  }

  const isThere =
    (await look("connection", () => connection(run))) && (await look("inspection", () => upkeep.inspect()))
  if (!isThere) return findings
  const mayWrite = !isLook && !findings.some(({ isUnwritable }) => isUnwritable)
  if (!mayWrite) findings.push({ name: "trial", value: "left out, since nothing is to be written" })
  else if (!(await look("trial", () => trial(store, patience.signal)))) return findings
  await look("round trip", () => roundTrip(store))
  return findings
}

async function connection({ upkeep, label }: Run): Promise<Finding[]> {
  const begun = performance.now()
  await reached(upkeep, label)
  return [{ name: "connection", value: `${label}, in ${Math.round(performance.now() - begun)} ms` }]
}

async function roundTrip(store: Store): Promise<Finding[]> {
  const times: number[] = []
  for (let turn = 0; turn < 20; turn++) {
    const begun = performance.now()
    await store.read(randomBytes(16).toString("hex"))
    times.push(performance.now() - begun)
  }
  const median = times.sort((a, b) => a - b)[10]!
  const problem =
    "Every request waits that long for its session. Bring the store nearer, or put a cache before it"
  return [{ name: "round trip", value: `${median.toFixed(2)} ms`, ...(median > SLOW && { problem }) }]
}

function silent(name: string, seconds: number): Finding {
  const problem =
    "Is a table locked, or the server stopped or too busy? --timeout gives it longer; nothing further was looked at"
  return { name, value: `no answer within ${seconds} s`, problem }
}

/** In milliseconds. */
const SLOW = 50
