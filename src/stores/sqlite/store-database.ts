import type { DatabaseSync } from "node:sqlite"
import { absent } from "../backend.ts"
import type { SqliteDatabase, SqliteStatement } from "../sql/database.ts"
import { unusable } from "./connection.ts"
import type { Reserve } from "./reserve.ts"

/** A database as a store takes it: errors that an operator can mend name the file, and what deletes has the reserve. */
export function storeDatabase(database: DatabaseSync, path: string, reserve?: Reserve): SqliteDatabase {
  function told<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      throw mendable(path, error)
    }
  }

  return {
    exec: (text) => told(() => database.exec(text)),
    prepare(text) {
      const statement: SqliteStatement = told(() => database.prepare(text))
      const run = statement.run.bind(statement)
      const write = reserve ? withReserve(run, text, reserve) : run
      statement.run = (...values) => told(() => write(...values))
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

/** An error of a statement, with what mends it where the table or the file is at fault. */
function mendable(path: string, error: unknown): unknown {
  const { errcode = 0, message } = error as Error & { readonly errcode?: number }
  const [, table] = /^no such table: (?:main\.)?(.+)/.exec(message) ?? []
  if (table !== undefined) return absent(`There is no table ${table} in ${path}; holdfast migrate makes it`)
  if (/no such column|has no column/.test(message))
    return new Error(`The table in ${path} is not one of sessions: ${message}`, { cause: error })
  return UNUSABLE.includes(errcode & 0xff) ? unusable(path, error) : error
}

/** SQLITE_READONLY, SQLITE_CANTOPEN and SQLITE_NOTADB. */
const UNUSABLE = [8, 14, 26]
