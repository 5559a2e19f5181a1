import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkBoolean, checkCount } from "../../core/option-values.ts"
import type { Found, SessionRecord } from "../../core/record.ts"
import type { Store, UserIndex } from "../../core/store.ts"
import { connectSql } from "./connect.ts"
import type { SqlDatabase } from "./database.ts"
import { migrate } from "./migrate.ts"
import { retrying } from "./retry.ts"
import { type TableOptions, tableName } from "./schema.ts"
import type { SessionTable, SqlDialect } from "./session-table.ts"
import { compileStatements, type Statement, type Values } from "./statements.ts"

export type { SqlDatabase } from "./database.ts"
export { migrationSql, type SqlDialect, type TableOptions } from "./schema.ts"

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

/** A store in a table. */
export interface SqlStore extends Store, UserIndex {
  /** Makes the table and its indexes unless they are there. Ten machines may do so at once. */
  migrate(): Promise<void>
}

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
 * The core stops waiting for a silent server after its `timeout`; the pool does not, unless it is told to:
 * `query_timeout` in `pg` frees connections whose server vanished without a word.
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
  const connection = retrying(connectSql(database, { prepare }))
  const { dialect } = connection
  const statements = compileStatements(dialect, table)

  /** The live record with this id. Waits for nothing that is there, since every request comes by. */
  async function read(id: string): Promise<Found | undefined> {
    const answer = connection.row(statements.read.text, bound(statements.read, { id, now: Date.now() }))
    const row = answer instanceof Promise ? await answer : answer
    return row ? foundOf(id, row) : undefined
  }

  /** Runs a statement and gives the number of rows it wrote. */
  function write(statement: Statement, values: Partial<Values>): Promise<number> {
    return connection.write(statement.text, bound(statement, values))
  }

  return {
    read,
    async create(record) {
      const version = Math.floor(Math.random() * 2 ** 48)
      const values = { ...record, version, nextVersion: version, now: Date.now() }
      try {
        return (await write(statements.create, values)) > 0 ? version : undefined
      } catch (error) {
        if (!statements.takeOver || (error as { errno?: unknown }).errno !== DUPLICATE_KEY) throw error
        return (await write(statements.takeOver, values)) > 0 ? version : undefined
      }
    },
    async replace(record, version) {
      const nextVersion = Number(version) + 1
      const values = { ...record, version: Number(version), nextVersion, now: Date.now() }
      const { rewrite, replace } = statements
      const isWritten = (rewrite && (await write(rewrite, values)) > 0) || (await write(replace, values)) > 0
      return isWritten ? nextVersion : undefined
    },
    async touch(id, expiresAt, version) {
      const values = { id, expiresAt, version: Number(version), now: Date.now() }
      if ((await write(statements.touch, values)) > 0) return true
      if (dialect !== "mysql") return false
      // A pool without the flag FOUND_ROWS does not count a row that is already as it should be.
      const found = await read(id)
      return found?.version === version && found.record.expiresAt === expiresAt
    },
    delete: async (id) => (await write(statements.remove, { id, now: Date.now() })) > 0,
    async clearExpired({ batchSize = BATCH_SIZE[dialect], onProgress, signal } = {}) {
      checkCount("batchSize", batchSize)
      const sweep = statements.sweep(batchSize)
      const now = Date.now()
      let removed = 0
      while (!signal?.aborted) {
        const began = performance.now()
        const batch = await write(sweep, { now })
        removed += batch
        onProgress?.(removed)
        if (batch < batchSize) break
        // It rests for as long as it worked, so that whoever waits gets in: a writer that waits for SQLite
        // only looks now and then.
        await new Promise((resolve) => setTimeout(resolve, performance.now() - began))
      }
      return removed
    },
    async listByUser(userId) {
      const values = bound(statements.list, { userId, now: Date.now() })
      return (await connection.rows(statements.list.text, values)).map(recordOf)
    },
    migrate: () => migrate(connection, table),
  }
}

function bound({ parameters }: Statement, values: Partial<Values>): unknown[] {
  return parameters.map((name) => values[name])
}

function foundOf(id: string, row: readonly unknown[]): Found {
  const [userId, payload, expiresAt, version] = row as readonly [string | null, string, unknown, unknown]
  return { record: { id, userId, payload, expiresAt: Number(expiresAt) }, version: Number(version) }
}

function recordOf(row: SessionTable): SessionRecord {
  return { id: row.id, userId: row.user_id, payload: row.payload, expiresAt: Number(row.expires_at) }
}

/** SQLite locks the whole file for a batch, and in this process also keeps everyone else from running. */
const BATCH_SIZE: Record<SqlDialect, number> = { postgres: 1000, mysql: 1000, sqlite: 200 }

/** MySQL's ER_DUP_ENTRY. The one unique key is the id. */
const DUPLICATE_KEY = 1062
