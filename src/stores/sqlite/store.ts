import { checkNames } from "../../core/option-names.ts"
import { kindOf } from "../../core/shown.ts"
import { TABLE_OPTIONS, type TableOptions } from "../sql/schema.ts"
import { makeFile, type SqliteStore } from "./file.ts"

/**
 * Keeps sessions in a SQLite file with what Node brings along: nothing to install, nothing to run. Creates the file and
 * its table, and beside it a file of 4 MiB (`-reserve`) whose room lets sessions end while the disk is full. Several
 * processes of one machine may share the file (write-ahead log).
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
  return makeFile(path, options).store
}
