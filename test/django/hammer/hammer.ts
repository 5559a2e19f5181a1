import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { decodeSession, djangoSessions } from "../../../src/django/index.ts"
import { connectSql } from "../../../src/stores/sql/connect.ts"
import type { SqlDatabase } from "../../../src/stores/sql/database.ts"
import { startDjango } from "../../services/django.ts"
import { openDatabase } from "./database.ts"

/** What became of the writes of many processes to one session. */
export interface HammerReport {
  /** Writes that this side was told are safe. */
  readonly nodeAcknowledged: number
  /** Requests of this side that were told to try again: others overtook them a hundred times in a row. */
  readonly nodeRefused: number
  /** Writes of this side that the database saw. */
  readonly nodeWrites: number
  readonly djangoWrites: number
  /** Keys of other writers that a write of this side changed: must be 0. */
  readonly lostByNode: number
  /** Keys of other writers that a write of Django's changed, since the last writer wins there. */
  readonly lostByDjango: number
}

/**
 * Has as many processes of either side hammer one session, each on a key of its own, and tells from the
 * database's own account of each write who lost what. `undefined` when Django can't be had here.
 */
export async function hammer(
  url: string,
  workers: number,
  seconds: number,
): Promise<HammerReport | undefined> {
  const { database, django, account, close } = openDatabase(url)
  const secretKey = "the-secret-key-of-the-hammer"
  const settings = { engine: "db", secretKey, database: django }
  try {
    const site = await startDjango(settings)
    if (!site) return undefined
    await site.close() // its tables are made
    const connection = connectSql(database, { prepare: false })
    for (const statement of account) await connection.write(statement, [])
    const key = await newSession(database, secretKey)
    const env = { DJANGO_SITE: JSON.stringify(settings) }
    const nodes = times(workers, (n) =>
      worker(process.execPath, [here("node-worker.ts"), `node${n}`, key, url, secretKey]),
    )
    const djangos = times(workers, (n) =>
      worker("/usr/bin/python3", [here("django-worker.py"), `django${n}`, key], env),
    )
    const all = [...nodes, ...djangos]
    await Promise.all(all.map(({ ready }) => ready))
    const end = Date.now() + seconds * 1000
    for (const { start } of all) start(end)
    const counts = (await Promise.all(all.map(({ counts }) => counts))).slice(0, workers)
    const sum = (at: number): number => counts.reduce((total, each) => total + each[at]!, 0)
    const writes = await connection.rows("SELECT old, new FROM account ORDER BY number", [])
    return {
      nodeAcknowledged: sum(0),
      nodeRefused: sum(1),
      ...audit(writes as readonly unknown[] as readonly Write[], secretKey),
    }
  } finally {
    await close()
  }
}

/** A write as the database saw it. */
interface Write {
  readonly old: string
  readonly new: string
}

async function newSession(database: SqlDatabase, secretKey: string): Promise<string> {
  const sessions = djangoSessions({ engine: "db", database, secretKey })
  const session = await sessions.open({}).load()
  session.data.big = 0
  await sessions.commit(session)
  return session.id
}

/** Goes through the account: each write may change its writer's key, and say who wrote. */
function audit(
  writes: readonly Write[],
  secretKey: string,
): Omit<HammerReport, "nodeAcknowledged" | "nodeRefused"> {
  const report = { nodeWrites: 0, djangoWrites: 0, lostByNode: 0, lostByDjango: 0 }
  for (const write of writes) {
    const before = decodeSession(write.old, { secretKey })!.data
    const after = decodeSession(write.new, { secretKey })!.data
    const [writer = ""] = String(after.writer).split(":")
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    const lost = [...names].filter(
      (name) => name !== writer && name !== "writer" && before[name] !== after[name],
    )
    if (writer.startsWith("node")) {
      report.nodeWrites++
      report.lostByNode += lost.length
    } else {
      report.djangoWrites++
      report.lostByDjango += lost.length
    }
  }
  return report
}

/** A process that says when it is ready, is told when to end, and says at last how often it saved, and was refused. */
interface Worker {
  readonly ready: Promise<unknown>
  readonly start: (end: number) => void
  readonly counts: Promise<readonly number[]>
}

function worker(program: string, args: readonly string[], env = {}): Worker {
  const child = spawn(program, args, {
    env: { ...process.env, ...env, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  })
  let output = ""
  child.stdout.on("data", (text) => {
    output += text
  })
  const counts = new Promise<readonly number[]>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code) =>
      code === 0
        ? resolve(output.split("\n")[1]!.split(" ").map(Number))
        : reject(new Error(`${args[0]} ended with ${code}`)),
    )
  })
  const ready = Promise.race([once(child.stdout, "data"), counts])
  return { ready, counts, start: (end) => child.stdin.end(`${end}\n`) }
}

function here(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

function times<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n))
}

// node test/django/hammer/hammer.ts [seconds] [new SQLite file | postgres://…]
if (import.meta.main) {
  const [seconds = "30", url] = process.argv.slice(2)
  const directory = await mkdtemp(join(tmpdir(), "holdfast-hammer-"))
  console.log(await hammer(url ?? join(directory, "site.db"), 8, Number(seconds)))
  await rm(directory, { recursive: true })
}
