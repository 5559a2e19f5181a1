import type { DatabaseSync } from "node:sqlite"
import { absent } from "../backend.ts"
import type { SqliteDatabase, SqliteStatement } from "../sql/database.ts"
import type { Reserve } from "./reserve.ts"

/** A database as a store takes it: a table that is missing is told with its file, and what deletes has the reserve. */
export function storeDatabase(database: DatabaseSync, path: string, reserve?: Reserve): SqliteDatabase {
  function prepared(text: string): SqliteStatement {
    try {
      return database.prepare(text)
    } catch (error) {
      throw mendable(path, error)
    }
  }

  return {
    exec: (text) => database.exec(text),
    prepare(text) {
      const statement = prepared(text)
      if (reserve) statement.run = withReserve(statement.run.bind(statement), text, reserve)
      return statement
    },
  }
}

type Run = SqliteStatement["run"]

function withReserve(run: Run, text: string, reserve: Reserve): Run {
  if (/^delete\b/i.test(text)) return (...values) => reserve.lend(() => run(...values))
  return (...values) => {
    reserve.renew()
    return run(...values)
  }
}

/** An error of a statement, told with what mends it where the table is at fault. */
function mendable(path: string, error: unknown): unknown {
  const { message } = error as Error
  const [, table] = /^no such table: (?:main\.)?(.+)/.exec(message) ?? []
  if (table !== undefined) return absent(`There is no table ${table} in ${path}; holdfast migrate makes it`)
  if (!/no such column|has no column/.test(message)) return error
  return new Error(`The table in ${path} is not one of sessions: ${message}`, { cause: error })
}
