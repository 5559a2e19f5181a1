import { createRequire } from "node:module"
import { DatabaseSync } from "node:sqlite"
import type Constructor from "better-sqlite3"
import { Kysely, SqliteDialect } from "kysely"
import { find } from "../services/programs.ts"
import { describeStore } from "../services/service.ts"
import { inDirectory } from "./database-file.ts"
import { sqlLaws } from "./sql-laws.ts"

describeStore("better-sqlite3", () => {
  const require = createRequire(`${find("better-sqlite3")}/package.json`)
  const Database: typeof Constructor = require("better-sqlite3")

  sqlLaws("a Database of better-sqlite3", () =>
    inDirectory((path) => {
      const database = quick(new Database(path))
      return { database, close: async () => database.close() }
    }),
  )

  sqlLaws("a Database of better-sqlite3 that gives bigints", () =>
    inDirectory((path) => {
      const database = quick(new Database(path)).defaultSafeIntegers()
      return { database, close: async () => database.close() }
    }),
  )

  sqlLaws("Kysely's dialect over better-sqlite3", () =>
    inDirectory((path) => {
      const db = new Kysely<Record<string, never>>({
        dialect: new SqliteDialect({ database: quick(new Database(path)) }),
      })
      return { database: db, close: () => db.destroy() }
    }),
  )

  sqlLaws("a DatabaseSync of node:sqlite that gives bigints", () =>
    inDirectory((path) => {
      const database = quick(new DatabaseSync(path, { readBigInts: true }))
      return { database, close: async () => database.close() }
    }),
  )
})

/** Without waiting for the disk: these tests are about what SQLite says, not about what survives. */
function quick<Opened extends { exec(text: string): unknown }>(database: Opened): Opened {
  database.exec("PRAGMA synchronous = OFF")
  return database
}
