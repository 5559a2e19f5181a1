import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { connect } from "node:net"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import mysql from "mysql2/promise"
import pg from "pg"
import type { SessionRecord, Store } from "../src/index.ts"
import { type OpenStore, storeFromUrl } from "../src/stores/url/index.ts"
import { startMariadb } from "../test/services/mariadb.ts"
import { startMemcached } from "../test/services/memcached.ts"
import { startPostgres } from "../test/services/postgres.ts"
import { startRedis } from "../test/services/redis.ts"
import { table, writeResults } from "./results.ts"

// What a session takes and what a store bears: the figures behind docs/stores.md. `npm run bench:capacity`

const SESSIONS = 100_000
const SECONDS = 5
const LANES = 64

/** A payload of 500 bytes, as text that does not compress much. */
const payload = (): string => `{"v":1,"data":"${randomBytes(361).toString("base64url")}"}`

interface Bench {
  readonly url: string
  /** The bytes that all sessions take. */
  readonly size: (store: OpenStore) => Promise<number>
  readonly close: () => Promise<void>
}

const directory = mkdtempSync(join(tmpdir(), "holdfast-capacity-"))

const benches: Record<string, () => Promise<Bench>> = {
  SQLite: async () => {
    const path = join(directory, "capacity.db")
    return {
      url: `sqlite:${path}`,
      size: async () => statSync(path).size + statSync(`${path}-wal`).size,
      close: async () => {},
    }
  },
  files: async () => {
    const path = join(directory, "sessions")
    return {
      url: `file:${path}`,
      size: async () => Number(execFileSync("du", ["-s", "-B1", path], { encoding: "utf8" }).split("\t")[0]),
      close: async () => {},
    }
  },
  PostgreSQL: async () => {
    const server = await startPostgres()
    return {
      url: server.url,
      async size() {
        const client = new pg.Client(server.url)
        await client.connect()
        const { rows } = await client.query("SELECT pg_total_relation_size('holdfast_sessions') AS n")
        await client.end()
        return Number(rows[0].n)
      },
      close: () => server.close(),
    }
  },
  MariaDB: async () => {
    const server = await startMariadb()
    return {
      url: server.url,
      async size() {
        const connection = await mysql.createConnection(server.url)
        await connection.query("ANALYZE TABLE holdfast_sessions")
        const [rows] = await connection.query(
          "SELECT data_length + index_length AS n FROM information_schema.tables WHERE table_name = 'holdfast_sessions'",
        )
        await connection.end()
        return Number((rows as { n: number }[])[0]!.n)
      },
      close: () => server.close(),
    }
  },
  Redis: async () => {
    const server = await startRedis({ args: ["--appendonly", "no"] })
    const empty = await stat(server.port, "INFO memory", /used_memory:(\d+)/)
    return {
      url: server.url,
      size: async () => (await stat(server.port, "INFO memory", /used_memory:(\d+)/)) - empty,
      close: () => server.close(),
    }
  },
  memcached: async () => {
    const server = await startMemcached()
    return {
      url: server.url,
      size: () => stat(server.port, "stats", /STAT bytes (\d+)/),
      close: () => server.close(),
    }
  },
}

const rows: string[][] = []
const figures: Record<string, object> = {}
for (const [name, open] of Object.entries(benches)) {
  const { url, size, close } = await open()
  const store = await storeFromUrl(url)
  await store.migrate()
  const records: SessionRecord[] = []
  // Files wait for the disk, so fewer of them say the same.
  const count = name.startsWith("files") ? SESSIONS / 10 : SESSIONS
  await lanes(count, async (n) => {
    const id = randomBytes(32).toString("hex")
    const record = {
      id,
      userId: n % 2 ? `user-${n % 10_000}` : null,
      payload: payload(),
      expiresAt: Date.now() + 1e9,
    }
    await store.create(record)
    records.push(record)
  })
  const bytes = Math.round((await size(store)) / count)
  const reads = await rate(async () => {
    await store.read(any(records).id)
  })
  const writes = await rate(() => rewrite(store, any(records).id))
  figures[name] = { bytesPerSession: bytes, readsPerSecond: reads, writesPerSecond: writes }
  rows.push([name, `${bytes}`, reads.toLocaleString("en"), writes.toLocaleString("en")])
  console.log(rows.at(-1)!.join("  "))
  await store.close()
  await close()
}
rmSync(directory, { recursive: true })

const text = `What one session of 500 bytes takes, half of them signed in, measured over ${SESSIONS.toLocaleString("en")} (files: a tenth); and what one Node process gets out of one server beside it on a machine of ${cpus().length} processors, ${LANES} calls at a time. A write is a read and a replace. Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.`
const head = ["", "bytes a session", "reads a second", "writes a second"]
writeResults("Capacity", "capacity", `${text}\n\n${table([head, ...rows])}`, figures)

function any<Value>(values: readonly Value[]): Value {
  return values[Math.floor(Math.random() * values.length)]!
}

async function rewrite(store: Store, id: string): Promise<void> {
  const found = await store.read(id)
  if (found) await store.replace({ ...found.record, payload: payload() }, found.version)
}

async function lanes(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

/** How often a second the work is done. */
async function rate(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  const end = start + SECONDS * 1000
  let done = 0
  const lane = async (): Promise<void> => {
    for (; performance.now() < end; done++) await work()
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return Math.round(done / ((performance.now() - start) / 1000))
}

/** A number out of what a server says of itself. */
function stat(port: number, command: string, pattern: RegExp): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${command}\r\n`))
    let text = ""
    socket.on("data", (data) => {
      text += data
      const found = pattern.exec(text)
      if (!found) return
      socket.destroy()
      resolve(Number(found[1]))
    })
    socket.on("error", reject)
  })
}
