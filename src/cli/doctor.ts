import { randomBytes } from "node:crypto"
import type { Command } from "commander"
import type { Store } from "../index.ts"
import type { Finding } from "../stores/backend.ts"
import { printer, type Run, reached, withStore } from "./command.ts"
import { EXIT, sentence } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { examineSite } from "./site/examination.ts"
import { DEFAULT_NAME } from "./site/presence.ts"
import { type SiteFlags, type SiteQuestion, siteQuestion } from "./site/question.ts"

/** `holdfast doctor` */
export function addDoctor(program: Command, invocation: Invocation): void {
  program
    .command("doctor")
    .description("look whether store and site are fit to keep sessions, and say what to do if not")
    .option("--url <url>", "look at a page of the live site: its cookie, its proxies, its caches")
    .option("--cookie <name>", `with --url: the session cookie's name (default: ${DEFAULT_NAME})`)
    .action(async (flags: SiteFlags, command: Command) => {
      const site = siteQuestion(flags)
      if (site && !command.optsWithGlobals<{ store?: string }>().store)
        invocation.exitCode = await look(printer(command, invocation), { site })
      else
        await withStore(command, invocation, (run) => look(run.print, { run, ...(site && { site }) }), {
          mayFail: true,
        })
    })
}

/** Examines what there is, the store first, and prints the findings; gives the exit code. */
async function look(
  print: Run["print"],
  { run, site }: { readonly run?: Run; readonly site?: SiteQuestion },
): Promise<number> {
  const ofStore = run ? await examine(run) : []
  const { findings: ofSite, isReached } = site ? await examineSite(site) : { findings: [], isReached: true }
  const findings = [...ofStore, ...ofSite]
  const isFine = findings.every(({ problem }) => problem === undefined)
  print({ isFine, findings }, findings.map(line).join("\n"))
  if (!isReached) return EXIT.store
  return isFine ? EXIT.done : EXIT.nothing
}

async function examine({ store, upkeep, label }: Run): Promise<Finding[]> {
  const begun = performance.now()
  try {
    await reached(upkeep, label)
  } catch (error) {
    return [{ name: "connection", value: label, problem: `${sentence(error)}. ${advice(error)}` }]
  }
  const findings: Finding[] = [
    { name: "connection", value: `${label}, in ${Math.round(performance.now() - begun)} ms` },
  ]
  findings.push(...(await upkeep.inspect().catch((error) => [failed("inspection", error)])))
  findings.push(await writing(store).catch((error) => failed("writing", error)))
  findings.push(await roundTrip(store).catch((error) => failed("round trip", error)))
  return findings
}

/** Whether a record can be made, changed, moved and removed. */
async function writing(store: Store): Promise<Finding> {
  const id = randomBytes(32).toString("hex")
  const record = { id, userId: null, payload: "holdfast doctor", expiresAt: Date.now() + 60_000 }
  const version = await store.create(record)
  const next = version === undefined ? version : await store.replace({ ...record, payload: "2" }, version)
  const isMoved = next !== undefined && (await store.touch(id, record.expiresAt + 60_000, next))
  const isLeft = (await store.read(id))?.record.payload === "2"
  const isGone = (await store.delete(id)) && (await store.read(id)) === undefined
  const isRight = isMoved && isLeft && isGone
  const problem =
    "A record that was just written could not be read, changed or removed: is this a replica, or does something remove keys?"
  return { name: "writing", value: isRight ? "works" : "fails", ...(!isRight && { problem }) }
}

async function roundTrip(store: Store): Promise<Finding> {
  const times: number[] = []
  for (let turn = 0; turn < 20; turn++) {
    const begun = performance.now()
    await store.read(randomBytes(32).toString("hex"))
    times.push(performance.now() - begun)
  }
  const median = times.sort((a, b) => a - b)[10]!
  const problem =
    "Every request waits that long for its session. Bring the store nearer, or put a cache before it"
  return { name: "round trip", value: `${median.toFixed(2)} ms`, ...(median > SLOW && { problem }) }
}

function failed(name: string, error: unknown): Finding {
  return { name, value: "failed", problem: sentence(error) }
}

/** What to do about a store that can't be reached. */
function advice(error: unknown): string {
  const text = sentence(error)
  if (/ECONNREFUSED/.test(text)) return "Nobody listens there: start the server, or mend host and port"
  if (/ENOTFOUND|EAI_AGAIN/.test(text)) return "Nobody knows this host name: mend it, or the name server"
  if (/password|auth|access denied|WRONGPASS|NOPERM/i.test(text))
    return "The server is there and refuses the user or the password"
  if (/ETIMEDOUT|time|no answer/i.test(text)) return "Is a firewall in the way, or the server overloaded?"
  return "Mend this first, then ask again"
}

function line({ name, value, problem }: Finding): string {
  return `${problem ? "✗" : "✓"} ${name.padEnd(12)}${value}${problem ? `\n    ${problem}` : ""}`
}

/** In milliseconds. */
const SLOW = 50
