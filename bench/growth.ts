/**
 * Measures what reading one session costs among ever more of them, and the room each takes.
 *
 *     node bench/growth.ts [--huge]
 *
 * `--huge` goes on to ten million in PostgreSQL and SQLite; that takes some 10 GB of disk and half an hour.
 */
import { randomInt } from "node:crypto"
import { parseArgs } from "node:util"
import { createClient } from "redis"
import type { SessionRecord, Store } from "../src/index.ts"
import { redisStore } from "../src/stores/redis.ts"
import { startRedis } from "../test/services/redis.ts"
import { connect, fill, idOf, start } from "./crowded-table.ts"
import { circumstances } from "./requests/report.ts"
import { table, writeResults } from "./results.ts"

interface Figures {
  readonly store: string
  readonly sessions: number
  /** Microseconds of a read, one after another. */
  readonly p50: number
  readonly p99: number
  /** CPU microseconds of this process for each; SQLite works within it. */
  readonly cpu: number
  readonly bytesEach: number
}

/** A store that holds the sessions 1 to `count`. */
interface Filled {
  readonly store: Store
  /** What all of it takes, in bytes. */
  readonly bytes: number
  close(): Promise<unknown>
}

const { values } = parseArgs({ options: { huge: { type: "boolean", default: false } } })
const COUNTS = [1e3, 1e5, 1e6]
const READS = 20_000
const BATCH = 500
const PAYLOAD = "x".repeat(300)

const figures: Figures[] = []
for (const [name, open, most] of [
  ["SQLite", (count: number) => openTable("SQLite", count), 1e7],
  ["PostgreSQL", (count: number) => openTable("PostgreSQL", count), 1e7],
  ["Redis", openRedis, 1e6],
] as const)
  for (const count of values.huge && most === 1e7 ? [...COUNTS, most] : COUNTS) {
    console.log(`${name}: ${count.toLocaleString("en")} sessions …`)
    const filled = await open(count)
    try {
      figures.push(await measure(name, filled, count))
    } finally {
      await filled.close()
    }
    console.log(figures.at(-1))
  }
report(figures)

async function openTable(name: "SQLite" | "PostgreSQL", count: number): Promise<Filled> {
  const server = await start(name)
  const connected = await connect(name, server.address)
  await fill(name, connected, { rows: count, step: 1, written: 0 })
  const size =
    name === "PostgreSQL"
      ? "SELECT pg_total_relation_size('holdfast_sessions')"
      : "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
  return {
    store: connected.store,
    bytes: Number(await connected.value(size)),
    async close() {
      await connected.close()
      await server.close()
    },
  }
}

async function openRedis(count: number): Promise<Filled> {
  const server = await startRedis({ args: ["--appendonly", "no"] })
  const client = await createClient({ url: server.url }).connect()
  const used = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1])
  const before = await used()
  const store = redisStore(client)
  for (let n = 1; n <= count; n += BATCH)
    await Promise.all(
      Array.from({ length: Math.min(BATCH, count - n + 1) }, (_, k) => store.create(recordOf(n + k))),
    )
  return {
    store,
    bytes: (await used()) - before,
    async close() {
      await client.close()
      await server.close()
    },
  }
}

function recordOf(n: number): SessionRecord {
  return { id: idOf(n), userId: null, payload: PAYLOAD, expiresAt: Date.now() + 86_400_000 }
}

async function measure(name: string, { store, bytes }: Filled, count: number): Promise<Figures> {
  await readSome(store, count)
  const before = process.cpuUsage()
  const took = await readSome(store, count)
  const { user, system } = process.cpuUsage(before)
  took.sort((a, b) => a - b)
  return {
    store: name,
    sessions: count,
    p50: took[READS / 2]!,
    p99: took[READS * 0.99]!,
    cpu: (user + system) / READS,
    bytesEach: bytes / count,
  }
}

async function readSome(store: Store, count: number): Promise<number[]> {
  const took: number[] = []
  for (let n = 0; n < READS; n++) {
    const id = idOf(randomInt(1, count + 1))
    const begin = performance.now()
    if (!(await store.read(id))) throw new Error(`The session ${id} is not there`)
    took.push((performance.now() - begin) * 1000)
  }
  return took
}

function report(all: readonly Figures[]): void {
  const { machine, versions, date } = circumstances()
  const rows = all.map(({ store, sessions, p50, p99, cpu, bytesEach }) => [
    store,
    sessions.toLocaleString("en"),
    p50.toFixed(0),
    p99.toFixed(0),
    cpu.toFixed(0),
    bytesEach.toFixed(0),
  ])
  const text = table([["", "sessions", "p50 µs", "p99 µs", "CPU µs", "bytes a session"], ...rows])
  console.log(`\n${text}`)
  writeResults(
    "Reading among many sessions",
    "growth",
    `${READS.toLocaleString("en")} reads of the store, one after another, each of a session chosen at random, after as many to warm up. CPU is that of the reading process. Bytes are what the table with its indexes or Redis takes for one session of 300 bytes that nobody has signed in to. ${machine}; Node ${versions.node}, Redis ${versions["redis-server"]}, PostgreSQL ${versions.PostgreSQL}; ${date}.\n\n${text}`,
    { machine, versions, date, figures: all },
  )
}
