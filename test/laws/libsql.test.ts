import { createRequire } from "node:module"
import { CompiledQuery, type Dialect, Kysely } from "kysely"
import type { SqliteDatabase } from "../../src/stores/sql/database.ts"
import { find } from "../services/programs.ts"
import { describeStore } from "../services/service.ts"
import { inDirectory } from "./database-file.ts"
import { sqlLaws } from "./sql-laws.ts"

// Without waiting for the disk, as in better-sqlite3.test.ts.
describeStore("libsql", () => {
  const require = createRequire(`${find("libsql")}/package.json`)
  const Database: new (path: string) => SqliteDatabase & { close(): void } = require("libsql")
  const { LibsqlDialect }: { LibsqlDialect: new (config: { url: string }) => Dialect } =
    require("@libsql/kysely-libsql")

  sqlLaws("a Database of libsql", () =>
    inDirectory((path) => {
      const database = new Database(path)
      database.exec("PRAGMA synchronous = OFF")
      return { database, close: async () => database.close() }
    }),
  )

  sqlLaws("the dialect of @libsql/kysely-libsql over a file", () =>
    inDirectory(async (path) => {
      const db = new Kysely<Record<string, never>>({ dialect: new LibsqlDialect({ url: `file:${path}` }) })
      await db.executeQuery(CompiledQuery.raw("PRAGMA synchronous = OFF"))
      return { database: db, close: () => db.destroy() }
    }),
  )
})
