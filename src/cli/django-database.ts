import { existsSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import type { Address, Link, Opening } from "../stores/backend.ts"
import type { SqlDatabase } from "../stores/sql/database.ts"
import { mysqlPool } from "../stores/sql/open-mysql.ts"
import { postgresPool } from "../stores/sql/open-postgres.ts"
import { closed, opening, reached } from "./command.ts"
import { EXIT, failure } from "./failure.ts"

/** A Django site's database, opened. */
export interface DjangoDatabase extends AsyncDisposable {
  readonly database: SqlDatabase
  readonly table?: string
  readonly prepare?: boolean
}

/** Whether the URL names a SQL database. */
export function isDatabase({ kind }: Address): boolean {
  return kind === "sqlite" || kind === "postgres" || kind === "mysql"
}

/** Opens the database that the URL names, and makes nothing in it. */
export async function djangoDatabase(address: Address): Promise<DjangoDatabase> {
  const { kind, path, label, options } = address
  if (!isDatabase(address)) throw failure(EXIT.usage, `There is no table in ${label}`)
  if (kind === "sqlite") {
    if (path !== ":memory:" && !existsSync(path))
      throw failure(EXIT.store, `There is no ${path}; manage.py migrate makes it`)
    const database = new DatabaseSync(path)
    database.exec("PRAGMA busy_timeout = 5000") // the option `timeout` says this from Node 22.16 on
    return { database, ...options, [Symbol.asyncDispose]: async () => database.close() }
  }
  const openPool: (address: Address, opening: Opening) => Promise<Link<SqlDatabase>> =
    kind === "mysql" ? mysqlPool : postgresPool
  const link = await opening(address, () => openPool(address, { onError: () => {}, mayCreate: false }))
  const close = (): Promise<void> => closed(link)
  try {
    await reached(link, label)
  } catch (error) {
    await close()
    throw error
  }
  return { database: link.client, ...options, [Symbol.asyncDispose]: close }
}
