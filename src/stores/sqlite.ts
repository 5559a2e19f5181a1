import { resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { checkNames } from "../core/option-names.ts"
import { kindOf } from "../core/shown.ts"
import type { Store, UserIndex } from "../core/store.ts"
import { sqlStore } from "./sql.ts"
import { migrationSql, TABLE_OPTIONS, type TableOptions } from "./sql-schema.ts"

/** A store in a SQLite file, and the way to close the file. */
export interface SqliteStore extends Store, UserIndex {
  /** Closes the file. Calls that follow fail, but for `close` itself, which may be called again. */
  close(): Promise<void>
}

/**
 * Keeps sessions in a SQLite file with what Node brings along: nothing to install, nothing to run. Creates
 * the file and its table. Several processes of one machine may share the file (write-ahead log).
 *
 * A write survives the death of the process; the last ones may be lost when the machine loses power.
 *
 * @param path The file, or ":memory:". An `Error` names it when it can't be opened.
 * @example
 * createSessions({ store: sqliteStore("./sessions.db") })
 */
export function sqliteStore(path: string, options: TableOptions = {}): SqliteStore {
  checkNames("sqliteStore(path, options)", options, TABLE_OPTIONS)
  if (typeof path !== "string" || path === "" || /^[a-z+]+:\/\//i.test(path))
    throw new TypeError(
      `sqliteStore(path) takes the path of a file, or ":memory:"; it got ${path === "" ? '""' : kindOf(path)}. For a database that is open already there is sqlStore(database), for a URL storeFromUrl(url)`,
    )
  const schema = migrationSql("sqlite", options)
  const database = opened(path, schema)
  const { migrate: _, ...store } = sqlStore(database, options)
  // `database.isOpen` is not there before Node 22.15.
  let isOpen = true
  return {
    ...store,
    async close() {
      if (isOpen) database.close()
      isOpen = false
    },
  }
}

function opened(path: string, schema: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    database.exec(`
      PRAGMA busy_timeout = 5000;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      ${schema}
    `)
    return database
  } catch (error) {
    database?.close()
    throw error instanceof TypeError ? error : unusable(path, error as Error & { code?: string })
  }
}

function unusable(path: string, cause: Error & { readonly code?: string }): Error {
  const rule = "It must be a database or not be there yet; it and its directory must be writable"
  const text = `The SQLite file ${resolve(path)} can't be used: ${cause.message}. ${rule}`
  return Object.assign(new Error(text, { cause }), { code: cause.code })
}
