/**
 * Measures what reading and writing one session cost among ever more of them, and the room each takes.
 *
 *     node bench/growth.ts [--huge] [Redis SQLite …]
 *
 * Of all stores, or of those named.
 * `--huge` measures ten million in PostgreSQL and SQLite instead; that takes some 20 GB of disk, 8 of memory and ten minutes.
 */
import { randomInt } from "node:crypto"
import { parseArgs } from "node:util"
import { createClient } from "redis"
import type { Found, Store } from "../src/index.ts"
import { memoryStore } from "../src/stores/memory/index.ts"
import { redisStore } from "../src/stores/redis/index.ts"
import { storeFromUrl } from "../src/stores/url/index.ts"
import { fillStore } from "./crowd.ts"
import { connect, type DatabaseName, fill, start } from "./crowded-table.ts"
import { openAddress } from "./requests/address.ts"
import { circumstances } from "./requests/report.ts"
import { idOf } from "./requests/work.ts"
import { table, writeResults } from "./results.ts"

interface Figures {
  readonly store: string
  readonly sessions: number
  readonly read: Cost
  readonly write: Cost
  /** Where it can be told. */
  readonly bytesEach: number | undefined
}

/** What one call costs, in microseconds, the calls made one after another. */
interface Cost {
  readonly p50: number
  readonly p99: number
  /** CPU time of this process; SQLite works within it. */
  readonly cpu: number
}

/** A store that holds the sessions 1 to `count`. */
interface Filled {
  readonly store: Store
  /** What all of it takes, in bytes, where it can be told. */
  readonly bytes: number | undefined
  close(): Promise<unknown>
}

const { values, positionals } = parseArgs({
  options: { huge: { type: "boolean", default: false } },
  allowPositionals: true,
})
const COUNTS = values.huge ? [1e3, 1e7] : [1e3, 1e5, 1e6]
const READS = 20_000
const WRITES = 5_000

const STORES = [
  ["memory", openMemory, 1e6],
  ["SQLite", (count: number) => openTable("SQLite", count), 1e7],
  ["PostgreSQL", (count: number) => openTable("PostgreSQL", count), 1e7],
  ["MariaDB", (count: number) => openTable("MariaDB", count), 1e6],
  ["Redis", openRedis, 1e6],
  ["memcached", (count: number) => openUrl("memcached", count), 1e6],
  // Each has a directory of its own, of which ten thousand bytes are the disk's share.
  ["files", (count: number) => openUrl("files", count), 1e5],
] as const
const stray = positionals.find((name) => !STORES.some(([known]) => known === name))
if (stray !== undefined)
  throw new TypeError(`The stores are ${STORES.map(([name]) => name).join(", ")}; not "${stray}"`)

const figures: Figures[] = []
for (const [name, open, most] of STORES.filter(
  ([name, , most]) =>
    (positionals.length === 0 || positionals.includes(name)) && (!values.huge || most === 1e7),
))
  for (const count of COUNTS.filter((count) => count <= most)) {
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

async function openTable(name: DatabaseName, count: number): Promise<Filled> {
  const server = await start(name)
  const connected = await connect(name, server.address)
  await fill(name, connected, { rows: count, step: 1, signedIn: 0 })
  const size =
    name === "PostgreSQL"
      ? "SELECT pg_total_relation_size('holdfast_sessions')"
      : name === "SQLite"
        ? "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        : "SELECT data_length + index_length FROM information_schema.tables WHERE table_name = 'holdfast_sessions'"
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
  const server = await openAddress("redis")
  const client = await createClient({ url: server.address }).connect()
  const used = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1])
  const before = await used()
  const store = redisStore(client)
  await fillStore(store, count, false)
  return {
    store,
    bytes: (await used()) - before,
    async close() {
      await client.close()
      await server.close()
    },
  }
}

async function openMemory(count: number): Promise<Filled> {
  const store = memoryStore({ max: 2 * count })
  await fillStore(store, count, false)
  return { store, bytes: undefined, close: async () => {} }
}

async function openUrl(name: "memcached" | "files", count: number): Promise<Filled> {
  const { address, close } = await openAddress(name)
  const store = await storeFromUrl(address)
  await fillStore(store, count, false)
  return { store, bytes: undefined, close: () => store.close().finally(close) }
}

async function measure(name: string, { store, bytes }: Filled, count: number): Promise<Figures> {
  const latest = new Map<string, Found>()
  const any = (): string => idOf(randomInt(1, count + 1))

  async function read(id: string): Promise<void> {
    const found = await store.read(id)
    if (!found) throw new Error(`The session ${id} is not there`)
    latest.set(id, found)
  }

  async function write(id: string): Promise<void> {
    const { record, version } = latest.get(id)!
    const next = await store.replace(record, version)
    if (next === undefined) throw new Error(`The session ${id} could not be written`)
    latest.set(id, { record, version: next })
  }

  /** Ids of sessions that `latest` knows. */
  async function known(): Promise<string[]> {
    const ids = Array.from({ length: WRITES }, any)
    for (const id of ids) await read(id)
    return ids
  }

  await costOf(read, Array.from({ length: READS }, any))
  const reading = await costOf(read, Array.from({ length: READS }, any))
  await costOf(write, await known())
  const writing = await costOf(write, await known())
  return {
    store: name,
    sessions: count,
    read: reading,
    write: writing,
    bytesEach: bytes === undefined ? undefined : bytes / count,
  }
}

async function costOf(call: (id: string) => Promise<void>, ids: readonly string[]): Promise<Cost> {
  const took: number[] = []
  const before = process.cpuUsage()
  for (const id of ids) {
    const begin = performance.now()
    await call(id)
    took.push((performance.now() - begin) * 1000)
  }
  const { user, system } = process.cpuUsage(before)
  took.sort((a, b) => a - b)
  return {
    p50: took[ids.length / 2]!,
    p99: took[ids.length * 0.99]!,
    cpu: (user + system) / ids.length,
  }
}

function report(all: readonly Figures[]): void {
  const { machine, versions, date } = circumstances()
  const cells = ({ p50, p99, cpu }: Cost): string[] => [p50, p99, cpu].map((value) => value.toFixed(0))
  const rows = all.map(({ store, sessions, read, write, bytesEach }) => [
    store,
    sessions.toLocaleString("en"),
    ...cells(read),
    ...cells(write),
    bytesEach?.toFixed(0) ?? "",
  ])
  const head = ["", "sessions", "read p50 µs", "p99 µs", "CPU µs", "write p50 µs", "p99 µs", "CPU µs"]
  const text = table([[...head, "bytes a session"], ...rows])
  console.log(`\n${text}`)
  writeResults(
    values.huge ? "Among ten million sessions" : "Among many sessions",
    values.huge ? "growth-huge" : "growth",
    `${READS.toLocaleString("en")} reads of the store and ${WRITES.toLocaleString("en")} writes, one after another, each of a session chosen at random, after as many to warm up. CPU is that of the process that asks. Bytes are what the table with its indexes or Redis takes for one session of 300 bytes that nobody has signed in to. ${machine}; Node ${versions.node}, Redis ${versions["redis-server"]}, PostgreSQL ${versions.PostgreSQL}; ${date}.\n\n${text}`,
    { machine, versions, date, figures: all },
  )
}
