import { existsSync } from "node:fs"
import { type Address, absent, type Backend, type Opening } from "../backend.ts"
import { sqlUpkeep } from "../sql/upkeep.ts"
import { openSqlite } from "./store.ts"

/** A SQLite file, through what Node brings along. */
export function open({ path, options }: Address, opening: Opening): Backend {
  if (!opening.mayCreate && path !== ":memory:" && !existsSync(path))
    throw absent(`There is no ${path}; the web application makes it, or holdfast migrate`)
  const { store, database } = openSqlite(path, options, opening)
  return {
    store: { ...store, migrate: async () => {} },
    upkeep: {
      connected: async () => {},
      ...sqlUpkeep(
        "sqlite",
        async (text) => {
          const statement = database.prepare(text)
          if (statement.columns().length > 0) return { rows: statement.all(), written: 0 }
          return { rows: [], written: Number(statement.run().changes) }
        },
        options.table,
      ),
    },
  }
}
