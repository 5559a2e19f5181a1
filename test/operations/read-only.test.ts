import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as sleep } from "node:timers/promises"
import { createPool } from "mysql2/promise"
import pg from "pg"
import { createClient } from "redis"
import { afterAll, expect, it, vi } from "vitest"
import { createSessions, type Store } from "../../src/index.ts"
import { redisStore } from "../../src/stores/redis/index.ts"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { newTable } from "../laws/sql-laws.ts"
import { startRedis } from "../services/redis.ts"
import { describeServer, describeStore } from "../services/service.ts"

/** Two ways to the same sessions, of which one may only read. */
interface Ways {
  readonly writable: Store
  readonly readOnly: Store
  close(): Promise<unknown>
}

function readOnlyLaws(open: () => Promise<Ways>): void {
  it("serves a page that changes nothing, whose deadline is due, to a user whose store may only be read", async () => {
    const { writable, readOnly, close } = await open()
    try {
      const idle = 5
      const login = createSessions({ store: writable, idle }).open({})
      await login.load()
      login.login("ada")
      const { headers } = await createSessions({ store: writable, idle }).commit(login)
      const cookie = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
      const warnings: string[] = []
      const sessions = createSessions<{ n?: number }>({
        store: readOnly,
        idle,
        warn: (message) => warnings.push(message),
      })
      const userAt = async (): Promise<string | null> => (await sessions.open({ cookie }).load()).userId
      await vi.waitFor(async () => expect(await userAt()).toBe("ada"))
      await sleep(700)
      const page = await sessions.open({ cookie }).load()
      expect(page.userId).toBe("ada")
      expect(await sessions.commit(page)).toEqual({ result: "nothing", headers: [["vary", "Cookie"]] })
      expect(warnings).toEqual([expect.stringContaining("a read-only replica?")])
      const writing = await sessions.open({ cookie }).load()
      writing.data.n = 1
      await expect((async () => sessions.commit(writing))()).rejects.toMatchObject({
        code: "ERR_SESSION_STORE",
      })
      expect(await userAt()).toBe("ada")
    } finally {
      await close()
    }
  })
}

describeStore("postgres", ({ postgres: connectionString }) => {
  readOnlyLaws(async () => {
    const table = newTable()
    const pool = new pg.Pool({ connectionString })
    const standby = new pg.Pool({ connectionString, options: "-c default_transaction_read_only=on" })
    const writable = sqlStore(pool, { table })
    await writable.migrate()
    const readOnly = sqlStore(standby, { table })
    return { writable, readOnly, close: () => Promise.all([pool.end(), standby.end()]) }
  })
})

describeStore("mariadb", ({ mariadb: uri }) => {
  readOnlyLaws(async () => {
    const table = newTable()
    const pool = createPool({ uri })
    const replica = createPool({ uri })
    replica.on("connection", (connection) => void connection.query("SET SESSION TRANSACTION READ ONLY"))
    const writable = sqlStore(pool, { table })
    await writable.migrate()
    const readOnly = sqlStore(replica, { table })
    return { writable, readOnly, close: () => Promise.all([pool.end(), replica.end()]) }
  })
})

describeStore("sqlite", () => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-read-only-"))
  afterAll(() => rmSync(directory, { recursive: true }))

  readOnlyLaws(async () => {
    const path = join(directory, "sessions.db")
    const writable = sqliteStore(path)
    const database = new DatabaseSync(path, { readOnly: true })
    const close = async (): Promise<void> => {
      database.close()
      await writable.close()
    }
    return { writable, readOnly: sqlStore(database), close }
  })
})

describeServer("redis", "a replica", () => {
  readOnlyLaws(async () => {
    const primary = await startRedis()
    const replica = await startRedis({
      args: ["--replicaof", "127.0.0.1", `${primary.port}`, "--repl-diskless-sync-delay", "0"],
    })
    const clients = await Promise.all(
      [primary, replica].map(({ url }) =>
        createClient({ url })
          .on("error", () => {})
          .connect(),
      ),
    )
    await vi.waitFor(async () => expect(await clients[1]!.info()).toContain("master_link_status:up"), 20_000)
    const [writable, readOnly] = [redisStore(clients[0]!), redisStore(clients[1]!)]
    const close = async (): Promise<void> => {
      for (const client of clients) client.destroy()
      await Promise.all([primary.close(), replica.close()])
    }
    return { writable, readOnly, close }
  })
})
