import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkBoolean } from "../../core/option-values.ts"
import { connectSql } from "./connect.ts"
import type { SqlDatabase } from "./database.ts"
import { retrying } from "./retry.ts"
import { type TableOptions, tableName } from "./schema.ts"
import { type SqlStore, tableStore } from "./table-store.ts"

/** How sessions lie in the database. */
export interface SqlStoreOptions extends TableOptions {
  /**
   * Let a pool of `pg` or `mysql2` keep prepared statements on the server. To be switched off behind a pooler
   * that hands every statement to another connection, such as PgBouncer before 1.21.
   * @default true
   */
  readonly prepare?: boolean | undefined
}

const OPTIONS: OptionNames<SqlStoreOptions> = { table: true, prepare: true }

/**
 * Keeps sessions in a table of PostgreSQL, MySQL, MariaDB, SQLite, or whatever else Kysely has a dialect for
 * that speaks as one of these. Takes what the application has already, and leaves it to the application to
 * close: a pool of `pg`; a pool of `mysql2`, with promises or callbacks; a database of `node:sqlite` or
 * `better-sqlite3`; a Kysely instance or dialect.
 *
 * Reading takes one statement and so does a write, each a transaction of its own; in SQLite two where the write moves the
 * deadline or changes the user. The table is made by
 * `migrate()`, or by the text of `migrationSql()`.
 *
 * A pool of `pg` without an `error` listener gets one, since a connection that the server ends while idle
 * would otherwise end the process. Kysely's dialect for PostgreSQL hides its pool, and uses its clients in a
 * way that lets them end the process too: hand over the pool itself, or listen on the pool and, at its event
 * `connect`, on every client.
 *
 * A connection of MySQL or MariaDB with `autocommit = 0` gets a COMMIT after each statement of the store. Each new one is asked for that once.
 *
 * The core stops waiting for a silent server after its `timeout`; a pool of `pg` does not, unless it is told to:
 * `query_timeout` frees connections whose server vanished without a word. In a pool of `mysql2` the store frees them after a minute,
 * in both kinds after 10 seconds if a URL opened the pool.
 *
 * @example
 * const store = sqlStore(new pg.Pool({ connectionString: process.env.DATABASE_URL }))
 * await store.migrate()
 * const sessions = createSessions({ store })
 */
export function sqlStore(database: SqlDatabase, options: SqlStoreOptions = {}): SqlStore {
  checkNames("sqlStore(database, options)", options, OPTIONS)
  const table = tableName(options)
  const { prepare = true } = options
  checkBoolean("prepare", prepare)
  return tableStore(retrying(connectSql(database, { prepare })), table)
}
