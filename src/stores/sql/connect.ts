import { type Dialect, Kysely } from "kysely"
import { kindOf } from "../../core/shown.ts"
import type { ConnectionOptions, SqlConnection } from "./connection.ts"
import type {
  KyselyInstance,
  MysqlPool,
  MysqlPromisePool,
  PostgresPool,
  SqlDatabase,
  SqliteDatabase,
} from "./database.ts"
import { throughKysely } from "./through-kysely.ts"
import { throughMysql } from "./through-mysql.ts"
import { throughPostgres } from "./through-postgres.ts"
import { throughSqlite } from "./through-sqlite.ts"

/** Recognises what was handed over by what it can do. Throws a `TypeError` when it is none of the known. */
export function connectSql(database: SqlDatabase, options: ConnectionOptions): SqlConnection {
  if (can(database, "getExecutor", "withoutPlugins")) return throughKysely(database as KyselyInstance)
  if (can(database, "createDriver", "createQueryCompiler"))
    return throughKysely(new Kysely({ dialect: database as Dialect }))
  if (can(database, "query", "connect") && "totalCount" in database)
    return throughPostgres(database as PostgresPool, options)
  // A pool of pg is told by the application how long to wait (query_timeout); one of mysql2 can't be.
  const patient = { patience: MINUTE, ...options }
  if (can(database, "getConnection", "promise")) return throughMysql(database as MysqlPool, patient)
  if (can(database, "getConnection", "execute") && "pool" in database)
    return throughMysql((database as MysqlPromisePool).pool, patient)
  if (can(database, "prepare", "exec")) return throughSqlite(database as SqliteDatabase)
  throw new TypeError(
    `sqlStore(database) takes a Kysely instance or dialect, a pool of pg or mysql2, or a database of node:sqlite or better-sqlite3; it got ${kindOf(database)}`,
  )
}

function can(value: unknown, ...methods: string[]): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === "function")
  )
}

/** In milliseconds. */
const MINUTE = 60_000
