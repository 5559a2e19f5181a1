import { DatabaseSync } from "node:sqlite"
import { sqliteStore } from "./sqlite.ts"
import type { Connection } from "./url-connection.ts"
import type { UrlParts } from "./url-parts.ts"

/** A SQLite file, through what Node brings along. */
export function sqliteConnection({ path, options }: UrlParts): Connection {
  const store = sqliteStore(path, options)
  return {
    kind: "sqlite",
    store,
    connected: async () => {},
    async ask(text) {
      const database = new DatabaseSync(path)
      try {
        const statement = database.prepare(text)
        if (statement.columns().length > 0) return { rows: statement.all(), written: 0 }
        return { rows: [], written: Number(statement.run().changes) }
      } finally {
        database.close()
      }
    },
  }
}
