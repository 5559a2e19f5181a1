import { DatabaseSync } from "node:sqlite"
import { sqliteStore } from "./sqlite.ts"
import type { Connection } from "./url-connection.ts"
import type { UrlParts } from "./url-parts.ts"

/** A SQLite file, through what Node brings along. */
export function sqliteConnection({ path, options }: UrlParts): Connection {
  const store = sqliteStore(path, options)
  let database: DatabaseSync | undefined
  return {
    kind: "sqlite",
    store: {
      ...store,
      async close() {
        database?.close()
        database = undefined
        await store.close()
      },
    },
    connected: async () => {},
    async ask(text) {
      database ??= patient(path)
      const statement = database.prepare(text)
      if (statement.columns().length > 0) return { rows: statement.all(), written: 0 }
      return { rows: [], written: Number(statement.run().changes) }
    },
  }
}

/** The option `timeout` of `DatabaseSync` says this from Node 22.16 on. */
function patient(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec("PRAGMA busy_timeout = 5000")
  return database
}
