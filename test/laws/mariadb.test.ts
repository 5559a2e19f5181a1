import { Kysely, MysqlDialect } from "kysely"
import { createPool } from "mysql2"
import { createPool as createPromisePool } from "mysql2/promise"
import { describeStore } from "../services/service.ts"
import { sqlLaws } from "./sql-laws.ts"

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
})
