import { PGlite } from "@electric-sql/pglite"
import { Kysely, PGliteDialect } from "kysely"
import { afterAll, beforeAll } from "vitest"
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
})
