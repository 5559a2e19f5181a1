import { setTimeout as sleep } from "node:timers/promises"
import { Kysely, MysqlDialect } from "kysely"
import { createPool } from "mysql2"
import { createPool as createPromisePool, type RowDataPacket } from "mysql2/promise"
import { expect, it } from "vitest"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { describeStore } from "../services/service.ts"
import { newTable, sqlLaws } from "./sql-laws.ts"

describeStore("mariadb", ({ mariadb: uri }) => {
  sqlLaws("a mysql2 pool with promises", async () => {
    const pool = createPromisePool({ uri })
    return { database: pool, close: () => pool.end() }
  })

  sqlLaws("a mysql2 pool with callbacks, rows as arrays and no FOUND_ROWS", async () => {
    const pool = createPool({ uri, rowsAsArray: true, supportBigNumbers: true, flags: ["-FOUND_ROWS"] })
    return { database: pool, close: () => pool.promise().end() }
  })

  sqlLaws("a Kysely instance over mysql2", async () => {
    const db = new Kysely<Record<string, never>>({ dialect: new MysqlDialect({ pool: createPool({ uri }) }) })
    return { database: db, close: () => db.destroy() }
  })

  sqlLaws("Kysely's dialect over mysql2", async () => {
    const pool = createPool({ uri })
    return { database: new MysqlDialect({ pool }), close: () => pool.promise().end() }
  })

  it.each([
    [true, 3],
    [false, 0],
  ])("runs prepared statements: %j", async (prepare, runs) => {
    const pool = createPromisePool({ uri, connectionLimit: 1 })
    try {
      const store = sqlStore(pool, { table: newTable(), prepare })
      await store.migrate()
      const count = async (): Promise<number> => {
        const [[row]] = await pool.query<RowDataPacket[]>("SHOW SESSION STATUS LIKE 'Com_stmt_execute'")
        return Number(row?.Value)
      }
      const before = await count()
      for (const id of ["a", "b", "c"]) expect(await store.read(id)).toBeUndefined()
      expect((await count()) - before).toBe(runs)
    } finally {
      await pool.end()
    }
  })

  it("tries again when it was undone to end a deadlock", async () => {
    const pool = createPromisePool({ uri })
    const table = newTable()
    const store = sqlStore(pool, { table })
    await store.migrate()
    const expiresAt = Date.now() + 60_000
    const past = Date.now() - 60_000
    for (const [n, id] of ["a", "b"].entries())
      await store.create({ id, userId: "u", payload: "", expiresAt: past + n })
    const other = await pool.getConnection()
    try {
      await other.beginTransaction()
      // The transaction that has done more is the one that survives.
      for (let n = 0; n < 50; n++)
        await other.query(`INSERT INTO ${table} VALUES ('n${n}', NULL, '', ${expiresAt}, 1)`)
      await other.query(`UPDATE ${table} SET payload = 'x' WHERE id = 'b'`)
      const clearing = store.clearExpired()
      await waiting()
      await other.query(`UPDATE ${table} SET payload = 'x' WHERE id = 'a'`)
      await other.commit()
      expect(await clearing).toBe(2)
    } finally {
      other.release()
      await pool.end()
    }

    /** Resolves once a statement on the table waits for a lock. */
    async function waiting(): Promise<void> {
      const sql =
        "SELECT * FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE ?"
      // The server looks anew only when nobody asked for 100 ms.
      while ((await pool.query<RowDataPacket[]>(sql, [`%${table}%`]))[0].length === 0) await sleep(150)
    }
  })
})
