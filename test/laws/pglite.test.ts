import { PGlite } from "@electric-sql/pglite"
import { CamelCasePlugin, Kysely, PGliteDialect } from "kysely"
import { afterAll, beforeAll, expect, it } from "vitest"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { describeStore } from "../services/service.ts"
import { sqlLaws } from "./sql-laws.ts"

describeStore("pglite", () => {
  let pglite: PGlite
  beforeAll(async () => {
    pglite = await PGlite.create()
  })
  afterAll(() => pglite.close())

  sqlLaws("a Kysely instance over PGlite", async () => {
    const database = new Kysely<Record<string, never>>({ dialect: new PGliteDialect({ pglite }) })
    return { database, close: async () => {} }
  })

  it("is spoken to past its plugins, which may rename columns", async () => {
    const dialect = new PGliteDialect({ pglite })
    const database = new Kysely<Record<string, never>>({ dialect, plugins: [new CamelCasePlugin()] })
    const store = sqlStore(database, { table: "past_plugins" })
    await store.migrate()
    const record = { id: "a", userId: "ada", payload: "{}", expiresAt: Date.now() + 60_000 }
    await store.create(record)
    expect(await store.listByUser("ada")).toEqual([record])
  })
})
