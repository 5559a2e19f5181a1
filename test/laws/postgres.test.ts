import { CamelCasePlugin, Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import { expect, it } from "vitest"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { describeStore } from "../services/service.ts"
import { newTable, sqlLaws } from "./sql-laws.ts"

describeStore("postgres", ({ postgres: connectionString }) => {
  sqlLaws("pg.Pool", async () => {
    const pool = new pg.Pool({ connectionString })
    return { database: pool, close: () => pool.end() }
  })

  sqlLaws("a Kysely instance over pg, with plugins", async () => {
    const dialect = new PostgresDialect({ pool: new pg.Pool({ connectionString }) })
    const db = new Kysely<{ other: { id: number } }>({ dialect, plugins: [new CamelCasePlugin()] })
    return { database: db, close: () => db.destroy() }
  })

  sqlLaws("Kysely's dialect over pg", async () => {
    const pool = new pg.Pool({ connectionString })
    return { database: new PostgresDialect({ pool }), close: () => pool.end() }
  })

  it.each([
    [true, 1],
    [false, 0],
  ])("keeps prepared statements on the server: %j", async (prepare, statements) => {
    const pool = new pg.Pool({ connectionString, max: 1 })
    try {
      const store = sqlStore(pool, { table: newTable(), prepare })
      await store.migrate()
      for (const id of ["a", "b", "c"]) expect(await store.read(id)).toBeUndefined()
      const { rows } = await pool.query("SELECT name FROM pg_prepared_statements")
      expect(rows).toHaveLength(statements)
    } finally {
      await pool.end()
    }
  })

  it("goes on while the table is altered", async () => {
    const pool = new pg.Pool({ connectionString, max: 3 })
    const table = newTable()
    const store = sqlStore(pool, { table })
    await store.migrate()
    try {
      const reads = (): Promise<unknown[]> => Promise.all([1, 2, 3, 4].map((n) => store.read(`${n}`)))
      for (const type of ['varchar(300) COLLATE "C"', 'text COLLATE "C"']) {
        expect(await reads()).toEqual([undefined, undefined, undefined, undefined])
        await pool.query(`ALTER TABLE ${table} ALTER user_id TYPE ${type}`)
        expect(await reads()).toEqual([undefined, undefined, undefined, undefined])
      }
    } finally {
      await pool.end()
    }
  })

  it("leaves the indexes alone when a change keeps its session's user and deadline", async () => {
    const pool = new pg.Pool({ connectionString, max: 1 })
    const table = newTable()
    const store = sqlStore(pool, { table })
    await store.migrate()
    try {
      const records = Array.from({ length: 100 }, (_, n) => {
        const expiresAt = Date.now() + 60_000
        return { id: `${n}`.padStart(64, "0"), userId: `u${n}`, payload: "x".repeat(300), expiresAt }
      })
      const versions = await Promise.all(records.map(store.create))
      await Promise.all(records.map((record, n) => store.replace(record, versions[n]!)))
      const sql = "SELECT n_tup_upd AS all, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = $1"
      let counted = { all: "0", hot: "0" }
      // Statistics come a second late.
      while (counted.all !== "100") counted = (await pool.query(sql, [table])).rows[0]
      expect(Number(counted.hot)).toBeGreaterThan(96)
    } finally {
      await pool.end()
    }
  })

  it("tries again when it was undone because another transaction came first", async () => {
    const pool = new pg.Pool({ connectionString, options: "-c default_transaction_isolation=serializable" })
    const table = newTable()
    const store = sqlStore(pool, { table })
    await store.migrate()
    const record = { id: "a", userId: "u", payload: "", expiresAt: Date.now() + 60_000 }
    const version = await store.create(record)
    const other = await pool.connect()
    try {
      await other.query(`BEGIN; UPDATE ${table} SET user_id = 'v' WHERE id = 'a'`)
      const replacing = store.replace({ ...record, payload: "next" }, version!)
      await waiting()
      await other.query("COMMIT")
      expect(await replacing).toBeDefined()
    } finally {
      other.release()
      await pool.end()
    }

    /** Resolves once a statement on the table waits for a lock. */
    async function waiting(): Promise<void> {
      const sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1"
      while ((await pool.query(sql, [`%${table}%`])).rowCount === 0);
    }
  })
})
