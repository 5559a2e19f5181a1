import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { decodeSession, djangoSessions } from "../../../src/django/index.ts"
import { startDjango } from "../../services/django.ts"

/** What became of the writes of many processes to one session. */
export interface HammerReport {
  /** Writes that this side was told are safe. */
  readonly nodeAcknowledged: number
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
export async function hammer(workers: number, seconds: number): Promise<HammerReport | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-hammer-"))
  const path = join(directory, "site.db")
  const secretKey = "the-secret-key-of-the-hammer"
  const engine = "db"
  const database = { ENGINE: "django.db.backends.sqlite3", NAME: path, OPTIONS: { timeout: 20 } }
  const settings = { engine, secretKey, database }
  const site = await startDjango(settings)
  if (!site) return undefined
  await site.close() // its tables are made
  const db = new DatabaseSync(path, { timeout: 20_000 })
  try {
    db.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE account (number INTEGER PRIMARY KEY, old TEXT, new TEXT);
      CREATE TRIGGER account AFTER UPDATE OF session_data ON django_session
      BEGIN INSERT INTO account (old, new) VALUES (OLD.session_data, NEW.session_data); END;
    `)
    const key = await newSession(db, secretKey)
    const env = { DJANGO_SITE: JSON.stringify(settings) }
    const nodes = times(workers, (n) =>
      worker(process.execPath, [here("node-worker.ts"), `node${n}`, key, path, secretKey]),
    )
    const djangos = times(workers, (n) =>
      worker("/usr/bin/python3", [here("django-worker.py"), `django${n}`, key], env),
    )
    const all = [...nodes, ...djangos]
    await Promise.all(all.map(({ ready }) => ready))
    const end = Date.now() + seconds * 1000
    for (const { start } of all) start(end)
    const saved = await Promise.all(all.map(({ saved }) => saved))
    const nodeAcknowledged = saved.slice(0, workers).reduce((sum, count) => sum + count, 0)
    return { nodeAcknowledged, ...audit(db, secretKey) }
  } finally {
    db.close()
    await rm(directory, { recursive: true })
  }
}

async function newSession(database: DatabaseSync, secretKey: string): Promise<string> {
  const sessions = djangoSessions({ engine: "db", database, secretKey })
  const session = await sessions.open({}).load()
  session.data.big = 0
  await sessions.commit(session)
  return session.id!
}

/** Goes through the account: each write may change its writer's key, and say who wrote. */
function audit(db: DatabaseSync, secretKey: string): Omit<HammerReport, "nodeAcknowledged"> {
  const report = { nodeWrites: 0, djangoWrites: 0, lostByNode: 0, lostByDjango: 0 }
  for (const row of db.prepare("SELECT old, new FROM account ORDER BY number").iterate()) {
    const before = decodeSession(String(row.old), { secretKey })!.data
    const after = decodeSession(String(row.new), { secretKey })!.data
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

/** A process that says when it is ready, is told when to end, and says at last how often it saved. */
interface Worker {
  readonly ready: Promise<unknown>
  readonly start: (end: number) => void
  readonly saved: Promise<number>
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
  const saved = new Promise<number>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code) =>
      code === 0
        ? resolve(Number(output.split("\n")[1]))
        : reject(new Error(`${args[0]} ended with ${code}`)),
    )
  })
  const ready = Promise.race([once(child.stdout, "data"), saved])
  return { ready, saved, start: (end) => child.stdin.end(`${end}\n`) }
}

function here(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

function times<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n))
}

// node test/django/hammer/hammer.ts [seconds]
if (import.meta.main) console.log(await hammer(8, Number(process.argv[2] ?? 30)))
