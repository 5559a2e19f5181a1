import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { createPool } from "mysql2/promise"
import pg from "pg"
import { afterEach, beforeEach, expect, it } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { startMariadb } from "../services/mariadb.ts"
import { startPostgres } from "../services/postgres.ts"
import { findProgram } from "../services/server.ts"
import { describeServer } from "../services/service.ts"

type Counted = { n?: number }

const run = promisify(execFile)
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-backup-"))
})
afterEach(() => rm(directory, { recursive: true }))

/**
 * Visitors click while the backup is taken; then it is brought to another place, where all who were signed in when it began still are,
 * with what they had by then.
 */
async function isAliveElsewhere(
  here: string,
  there: string,
  backup: () => Promise<unknown>,
  restore: () => Promise<unknown>,
): Promise<void> {
  const store = await storeFromUrl(here)
  await store.migrate()
  const sessions = createSessions<Counted>({ store })
  const visitors = await Promise.all(Array.from({ length: 30 }, (_, n) => signIn(sessions, `user ${n % 3}`)))
  let isOver = false
  const clicking = visitors.map(async (visitor) => {
    while (!isOver) {
      await click(sessions, visitor.cookie)
      visitor.clicks++
    }
  })
  while (visitors.some(({ clicks }) => clicks < 3)) await new Promise((resolve) => setTimeout(resolve, 5))
  const before = visitors.map(({ clicks }) => clicks)
  await backup()
  isOver = true
  await Promise.all(clicking)
  await store.close()

  await restore()
  const moved = await storeFromUrl(there)
  try {
    await moved.migrate()
    const elsewhere = createSessions<Counted>({ store: moved })
    for (const [at, { cookie, userId }] of visitors.entries()) {
      const session = await elsewhere.open({ cookie }).load()
      expect(session.userId).toBe(userId)
      expect(session.data.n).toBeGreaterThanOrEqual(before[at]!)
    }
    expect(await elsewhere.list("user 1")).toHaveLength(10)
    await click(elsewhere, visitors[0]!.cookie)
    expect(await elsewhere.revokeUser("user 0")).toBe(10)
  } finally {
    await moved.close()
  }
}

interface Visitor {
  readonly cookie: string
  readonly userId: string
  clicks: number
}

async function signIn(sessions: Sessions<Counted>, userId: string): Promise<Visitor> {
  const session = await sessions.open({}).load()
  session.login(userId)
  session.data.n = 0
  const { headers } = await sessions.commit(session)
  return { cookie: headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!, userId, clicks: 0 }
}

async function click(sessions: Sessions<Counted>, cookie: string): Promise<void> {
  const session = await sessions.open({ cookie }).load()
  session.data.n = (session.data.n ?? 0) + 1
  await sessions.commit(session)
}

describeServer("postgres", "a backup of PostgreSQL while it serves", () => {
  it("brings the sessions to another database", async () => {
    const server = await startPostgres()
    const root = new pg.Client(server.url)
    await root.connect()
    await root.query("CREATE DATABASE elsewhere")
    await root.query("CREATE ROLE backup LOGIN; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO backup")
    const there = server.url.replace(/postgres$/, "elsewhere")
    const file = join(directory, "sessions.dump")
    const as = server.url.replace("postgres@", "backup@")
    try {
      await isAliveElsewhere(
        server.url,
        there,
        () => run("pg_dump", ["--table=holdfast_sessions", "--format=custom", `--file=${file}`, as]),
        () => run("pg_restore", [`--dbname=${there}`, file]),
      )
    } finally {
      await root.end()
      await server.close()
    }
  })
})

describeServer("mariadb", "a backup of MariaDB while it serves", () => {
  it("brings the sessions to another database", async () => {
    const server = await startMariadb()
    const root = createPool({ uri: server.url })
    await root.query("CREATE DATABASE elsewhere")
    await root.query("CREATE USER backup")
    await root.query("GRANT SELECT ON holdfast.* TO backup")
    const file = join(directory, "sessions.sql")
    const to = ["--no-defaults", "--host=127.0.0.1", `--port=${server.port}`]
    const [dump = "", client = ""] = ["dump", ""].map((suffix) => {
      const found = findProgram(suffix ? `mariadb-${suffix}` : "mariadb")
      return found ?? findProgram(`mysql${suffix}`)
    })
    const options = ["--single-transaction", "--no-tablespaces", "--skip-triggers", `--result-file=${file}`]
    try {
      await isAliveElsewhere(
        server.url,
        server.url.replace(/holdfast$/, "elsewhere"),
        () => run(dump, [...to, "--user=backup", ...options, "holdfast", "holdfast_sessions"]),
        () => run(client, [...to, "--user=root", "elsewhere", "--execute", `source ${file}`]),
      )
      expect(await readFile(file, "utf8")).toContain("ascii_bin")
    } finally {
      await root.end()
      await server.close()
    }
  })
})
