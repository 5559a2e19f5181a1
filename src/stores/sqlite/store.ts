import { resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { checkNames } from "../../core/option-names.ts"
import { kindOf } from "../../core/shown.ts"
import type { Store, UserIndex } from "../../core/store.ts"
import { migrationSql, TABLE_OPTIONS, type TableOptions } from "../sql/schema.ts"
import { sqlStore } from "../sql/store.ts"

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
  return openSqlite(path, options, { mayCreate: true }).store
}

/** The store, and the database under it. Without `mayCreate` the file must be there, and stays as it is. */
export function openSqlite(
  path: string,
  options: TableOptions,
  { mayCreate }: { readonly mayCreate: boolean },
): { readonly store: SqliteStore; readonly database: DatabaseSync } {
  const preparation = mayCreate
    ? `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${migrationSql("sqlite", options)}`
    : ""
  const database = opened(path, preparation)
  const { migrate: _, ...store } = sqlStore(database, options)
  // `database.isOpen` is not there before Node 22.15.
  let isOpen = true
  async function close(): Promise<void> {
    if (isOpen) database.close()
    isOpen = false
  }
  return { store: { ...store, close }, database }
}

function opened(path: string, preparation: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    database.exec(`PRAGMA busy_timeout = 5000; ${preparation}`)
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
