import type { SqlConnection } from "./connection.ts"
import type { SqliteDatabase, SqliteStatement, SqlValue } from "./database.ts"

/** Statements on a database of `node:sqlite` or `better-sqlite3`. */
export function throughSqlite(database: SqliteDatabase): SqlConnection {
  const statements = new Map<string, SqliteStatement>()

  function prepared(text: string, asArray = false): SqliteStatement {
    let statement = statements.get(text)
    if (!statement) {
      statement = database.prepare(text)
      // Else one row with a number that JavaScript can't hold makes node:sqlite give none.
      statement.setReadBigInts?.(true)
      if (asArray) {
        statement.setReturnArrays?.(true)
        if ("busy" in statement) statement.raw?.(true) // better-sqlite3's; Bun's would run the statement
      }
      statements.set(text, statement)
    }
    return statement
  }

  return {
    dialect: "sqlite",
    rows: async <R>(text: string, parameters: readonly unknown[]) =>
      prepared(text).all(...(parameters as SqlValue[])) as R[],
    row(text, parameters) {
      const row = prepared(text, true).get(...(parameters as SqlValue[])) as object | undefined
      return row && (Array.isArray(row) ? row : Object.values(row))
    },
    write: async (text, parameters) => Number(prepared(text).run(...(parameters as SqlValue[])).changes),
  }
}
