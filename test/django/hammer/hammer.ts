import { spawn } from "node:child_process"
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
    const end = String(Date.now() + seconds * 1000 + START_UP)
    const env = { DJANGO_SITE: JSON.stringify(settings) }
    const nodes = times(workers, (n) =>
      run(process.execPath, [here("node-worker.ts"), `node${n}`, key, end, path, secretKey]),
    )
    const djangos = times(workers, (n) =>
      run("/usr/bin/python3", [here("django-worker.py"), `django${n}`, key, end], env),
    )
    const acknowledged = await Promise.all(nodes)
    await Promise.all(djangos)
    const nodeAcknowledged = acknowledged.reduce((sum, { saved }) => sum + saved, 0)
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
    const writer = String(after.writer)
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

function run(program: string, args: readonly string[], env = {}): Promise<{ saved: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env, PYTHONDONTWRITEBYTECODE: "1" },
      stdio: ["ignore", "pipe", "inherit"],
    })
    let output = ""
    child.stdout.on("data", (text) => {
      output += text
    })
    child.on("error", reject)
    child.on("close", (code) =>
      code === 0 ? resolve(JSON.parse(output)) : reject(new Error(`${args[0]} ended with ${code}`)),
    )
  })
}

function here(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

function times<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n))
}

/** What starting all the processes takes, in milliseconds. */
const START_UP = 2000

// node test/django/hammer/hammer.ts [seconds]
if (import.meta.main) console.log(await hammer(8, Number(process.argv[2] ?? 30)))
