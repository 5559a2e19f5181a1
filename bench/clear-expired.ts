/**
 * Clears a million dead sessions from under a reader and a writer, and measures what these notice. On a busy
 * machine everybody waits for a processor too: the columns "without clearing" say how long.
 */
import { cpus, loadavg } from "node:os"
import { setImmediate as breathe } from "node:timers/promises"
import { isMainThread, Worker, workerData } from "node:worker_threads"
import { type Connected, connect, type DatabaseName, fill, start } from "./crowded-table.ts"
import { idOf } from "./requests/work.ts"
import { table, writeResults } from "./results.ts"

const DEAD = Number(process.env.DEAD ?? 1_000_000)
const LIVE = DEAD / 10
const STEP = 11
/** Every row whose number is a multiple of `STEP` lives; the writer keeps to the first of these. */
const WRITTEN = Math.min(1000, LIVE)
const LONGEST = 250

interface Latencies {
  readonly count: number
  readonly p99: number
  readonly longest: number
}

interface Figures {
  readonly database: DatabaseName
  readonly removed: number
  readonly seconds: number
  readonly liveRowsTouched: number
  readonly undisturbed: { readonly read: Latencies; readonly write: Latencies }
  readonly beside: { readonly read: Latencies; readonly write: Latencies }
}

if (isMainThread) await main()
else await sweep(workerData)

/** Runs in a thread of its own, as the command line would in a process of its own. */
async function sweep({ name, address }: { name: DatabaseName; address: string }): Promise<void> {
  const { store, close } = await connect(name, address)
  await store.clearExpired()
  await close()
}

async function main(): Promise<void> {
  // So that the servers end with us.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1))
  const figures: Figures[] = []
  const load = loadavg()[0]?.toFixed(1)
  for (const name of ["PostgreSQL", "MariaDB", "SQLite"] as const) {
    console.log(`${name}: filling the table …`)
    figures.push(await measure(name))
    console.log(figures.at(-1))
  }
  const ms = (value: number): string => `${value.toFixed(1)} ms`
  const rows = figures.map(({ database, removed, seconds, liveRowsTouched, undisturbed, beside }) => [
    database,
    removed.toLocaleString("en"),
    Math.round(removed / seconds).toLocaleString("en"),
    String(liveRowsTouched),
    `${ms(beside.read.p99)} / ${ms(beside.read.longest)}`,
    `${ms(undisturbed.read.p99)} / ${ms(undisturbed.read.longest)}`,
    `${ms(beside.write.p99)} / ${ms(beside.write.longest)}`,
    `${ms(undisturbed.write.p99)} / ${ms(undisturbed.write.longest)}`,
  ])
  const head = ["", "rows removed", "rows a second", "live rows touched"]
  const text = table([
    [...head, "read p99 / longest", "without clearing", "write p99 / longest", "without clearing"],
    ...rows,
  ])
  console.log(`\n${text}`)
  writeResults(
    "Clearing expired sessions",
    "clear-expired",
    `\`clearExpired()\` takes ${DEAD.toLocaleString("en")} dead rows from among ${LIVE.toLocaleString("en")} live ones, in its default batches, while one reader and one writer use the same table through the store from another thread without a pause. Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, load average ${load} before the start, ${new Date().toISOString().slice(0, 10)}.\n\n${text}`,
    figures,
  )
  if (
    figures.some(
      ({ liveRowsTouched, beside }) =>
        liveRowsTouched > 0 || beside.read.longest > LONGEST || beside.write.longest > LONGEST,
    )
  ) {
    console.error(`\nA live row was touched, or somebody waited for more than ${LONGEST} ms`)
    process.exitCode = 1
  }
}

async function measure(database: DatabaseName): Promise<Figures> {
  const server = await start(database)
  try {
    const connected = await connect(database, server.address)
    await fill(database, connected, { rows: DEAD + LIVE, step: STEP, signedIn: WRITTEN })
    const crowd = newCrowd(connected)
    const undisturbed = await crowd.until(new Promise((resolve) => setTimeout(resolve, 3000)))
    const before = await fingerprint(connected)
    const total = await count(connected)
    const began = performance.now()
    const beside = await crowd.until(sweepElsewhere(database, server.address))
    const seconds = (performance.now() - began) / 1000
    const removed = total - (await count(connected))
    const lost = await crowd.lost()
    const isSame = (await fingerprint(connected)) === before
    await connected.close()
    return { database, removed, seconds, liveRowsTouched: lost + (isSame ? 0 : 1), undisturbed, beside }
  } finally {
    await server.close()
  }
}

function sweepElsewhere(name: DatabaseName, address: string): Promise<unknown> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { name, address } })
  return new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject))
}

async function count({ value }: Connected): Promise<number> {
  return Number(await value("SELECT count(*) FROM holdfast_sessions"))
}

/** Sums over the live rows that the writer leaves alone. */
async function fingerprint({ value }: Connected): Promise<string> {
  const live = `FROM holdfast_sessions WHERE user_id IS NULL AND expires_at > ${Date.now()}`
  const of = async (sum: string): Promise<string> => String(await value(`SELECT ${sum} ${live}`))
  return [await of("count(*)"), await of("sum(version)"), await of("sum(expires_at % 1000003)")].join(" ")
}

/** A reader and a writer that never rest. */
function newCrowd({ store }: Connected): {
  until(end: Promise<unknown>): Promise<{ read: Latencies; write: Latencies }>
  lost(): Promise<number>
} {
  const expected = new Map<number, string>()
  const numberOf = (among: number): number => STEP * (1 + Math.floor(Math.random() * among))

  async function read(): Promise<void> {
    const n = numberOf(LIVE)
    if (!(await store.read(idOf(n)))) throw new Error(`The live row ${n} is gone`)
  }

  async function write(): Promise<void> {
    const n = numberOf(WRITTEN)
    const found = await store.read(idOf(n))
    if (!found) throw new Error(`The live row ${n} is gone`)
    const payload = JSON.stringify({ n, random: Math.random() })
    const record = { ...found.record, payload, expiresAt: Date.now() + 86_400_000 }
    const start = performance.now()
    if ((await store.replace(record, found.version)) === undefined) throw new Error(`Row ${n} was overtaken`)
    writeTook.push(performance.now() - start)
    expected.set(n, payload)
  }

  let writeTook: number[] = []
  return {
    async until(end) {
      const readTook: number[] = []
      writeTook = []
      let isOver = false
      const reading = (async () => {
        while (!isOver) {
          const start = performance.now()
          await read()
          readTook.push(performance.now() - start)
          await breathe()
        }
      })()
      const writing = (async () => {
        while (!isOver) {
          await write()
          await breathe()
        }
      })()
      await end
      isOver = true
      await Promise.all([reading, writing])
      return { read: summary(readTook), write: summary(writeTook) }
    },
    async lost() {
      let lost = 0
      for (const [n, payload] of expected) if ((await store.read(idOf(n)))?.record.payload !== payload) lost++
      return lost
    },
  }
}

function summary(took: number[]): Latencies {
  const sorted = took.sort((a, b) => a - b)
  return {
    count: sorted.length,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    longest: sorted.at(-1) ?? 0,
  }
}
