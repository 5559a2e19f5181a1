import { CamelCasePlugin, Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import { describeStore } from "../services/service.ts"
import { sqlLaws } from "./sql-laws.ts"

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
})
