import { Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import { expect, it } from "vitest"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { newTable, sqlLaws } from "../laws/sql-laws.ts"
import { describeStore } from "../services/service.ts"

/** What a role, a database or a server may have set, and the store's statements must not notice. */
const ODD = [
  "standard_conforming_strings=off",
  "backslash_quote=on",
  "escape_string_warning=off",
  "quote_all_identifiers=on",
  "transform_null_equals=on",
  "default_transaction_deferrable=on",
  "synchronous_commit=off",
  "extra_float_digits=-15",
  "DateStyle=German",
  "TimeZone=Asia/Kathmandu",
  "plan_cache_mode=force_generic_plan",
  "enable_indexscan=off",
  "lock_timeout=20000",
  "statement_timeout=20000",
  "idle_in_transaction_session_timeout=1000",
]

const options = (settings: readonly string[]): string => settings.map((setting) => `-c ${setting}`).join(" ")

describeStore("postgres", ({ postgres: connectionString }) => {
  sqlLaws("pg.Pool with odd settings", async () => {
    const pool = new pg.Pool({ connectionString, options: options(ODD) })
    return { database: pool, close: () => pool.end() }
  })

  for (const isolation of ["serializable", "repeatable\\ read"])
    sqlLaws(`pg.Pool whose transactions are ${isolation}`, async () => {
      const pool = new pg.Pool({
        connectionString,
        options: options([`default_transaction_isolation=${isolation}`]),
      })
      return { database: pool, close: () => pool.end() }
    })

  it.each([
    ["a pool", (pool: pg.Pool) => pool],
    ["Kysely", (pool: pg.Pool) => new Kysely<object>({ dialect: new PostgresDialect({ pool }) })],
  ])("says what to do where transactions only read, through %s", async (_name, database) => {
    const table = newTable()
    const root = new pg.Pool({ connectionString })
    await sqlStore(root, { table }).migrate()
    await root.end()
    const pool = new pg.Pool({ connectionString, options: options(["default_transaction_read_only=on"]) })
    try {
      const store = sqlStore(database(pool), { table })
      await store.migrate()
      expect(await store.read("a")).toBeUndefined()
      const record = { id: "a", userId: null, payload: "", expiresAt: Date.now() + 60_000 }
      await expect(store.create(record)).rejects.toMatchObject({
        code: "25006",
        message: expect.stringMatching(/read-only transaction\. This server takes no writes: /),
      })
    } finally {
      await pool.end()
    }
  })
})
