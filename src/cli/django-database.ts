import { DatabaseSync } from "node:sqlite"
import type { SqlDatabase } from "../stores/sql-database.ts"
import type { UrlParts } from "../stores/url-parts.ts"
import { checkFile, closed, opened, reached } from "./command.ts"
import { EXIT, failure } from "./failure.ts"

/** A Django site's database, opened. */
export interface DjangoDatabase extends AsyncDisposable {
  readonly database: SqlDatabase
  readonly table?: string
}

/** Whether the URL names a SQL database. */
export function isDatabase({ kind }: UrlParts): boolean {
  return kind === "sqlite" || kind === "postgres" || kind === "mysql"
}

/** Opens the database that the URL names, and makes nothing in it. */
export async function djangoDatabase(parts: UrlParts): Promise<DjangoDatabase> {
  const { kind, path, label, options } = parts
  const table = options.table === undefined ? {} : { table: options.table }
  if (!isDatabase(parts)) throw failure(EXIT.usage, `There is no table in ${label}`)
  if (kind === "sqlite") {
    checkFile(parts, "manage.py migrate makes it")
    const database = new DatabaseSync(path)
    database.exec("PRAGMA busy_timeout = 5000") // the option `timeout` says this from Node 22.16 on
    return { database, ...table, [Symbol.asyncDispose]: async () => database.close() }
  }
  const connection = await opened(parts)
  const close = (): Promise<void> => closed(connection.store)
  try {
    await reached(connection, label)
  } catch (error) {
    await close()
    throw error
  }
  return { database: connection.database!, ...table, [Symbol.asyncDispose]: close }
}
