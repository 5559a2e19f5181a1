import { checkCount } from "../../core/option-values.ts"
import type { Found, SessionRecord } from "../../core/record.ts"
import type { ClearExpiredOptions, Store, UserIndex } from "../../core/store.ts"
import { onServerClock } from "../server-clock.ts"
import { sqlClock } from "./clock.ts"
import type { SqlConnection } from "./connection.ts"
import { migrate } from "./migrate.ts"
import type { SessionTable, SqlDialect } from "./session-table.ts"
import { compileStatements, type Statement, type Values } from "./statements.ts"

/** A store in a table. */
export interface SqlStore extends Store, UserIndex {
  /**
   * Makes the table and its indexes, or an index that is missing; where nothing is missing it only looks, for which reading the table is
   * enough of a right. Ten machines may do so at once. Rejects with the code `ERR_TABLE_DIFFERS` where the table is another than the
   * store needs: the message says all that differs, and the statement to run.
   */
  migrate(): Promise<void>
}

/** The store over a table that a connection leads to. */
export function tableStore(connection: SqlConnection, table: string): SqlStore {
  const { dialect } = connection
  const statements = compileStatements(dialect, table)
  const clock = sqlClock(connection)
  const now = clock ? clock.now : () => Date.now()

  /** The live record with this id. Waits for nothing that is there, since every request comes by. */
  async function read(id: string): Promise<Found | undefined> {
    const answer = connection.row(statements.read.text, bound(statements.read, { id, now: now() }))
    const row = answer instanceof Promise ? await answer : answer
    return row ? foundOf(id, row) : undefined
  }

  /** Runs a statement and gives the number of rows it wrote. */
  function write(statement: Statement, values: Partial<Values>): Promise<number> {
    return connection.write(statement.text, bound(statement, values))
  }

  const store: SqlStore = {
    read,
    async create(record) {
      const version = Math.floor(Math.random() * 2 ** 48)
      const values = { ...record, version, nextVersion: version, now: now() }
      try {
        return (await write(statements.create, values)) > 0 ? version : undefined
      } catch (error) {
        if (!statements.takeOver || (error as { errno?: unknown }).errno !== DUPLICATE_KEY) throw error
        return (await write(statements.takeOver, values)) > 0 ? version : undefined
      }
    },
    async replace(record, version) {
      const nextVersion = Number(version) + 1
      const values = { ...record, version: Number(version), nextVersion, now: now() }
      const { rewrite, replace } = statements
      const isWritten = (rewrite && (await write(rewrite, values)) > 0) || (await write(replace, values)) > 0
      return isWritten ? nextVersion : undefined
    },
    async touch(id, expiresAt, version) {
      const values = { id, expiresAt, version: Number(version), now: now() }
      if ((await write(statements.touch, values)) > 0) return true
      if (dialect !== "mysql") return false
      // A pool without the flag FOUND_ROWS does not count a row that is already as it should be.
      const found = await read(id)
      return found?.version === version && found.record.expiresAt === expiresAt
    },
    delete: async (id) => (await write(statements.remove, { id, now: now() })) > 0,
    async clearExpired({ batchSize = BATCH_SIZE[dialect], ...options } = {}) {
      checkCount("batchSize", batchSize)
      const sweep = statements.sweep(batchSize)
      const values = bound(sweep, { now: now() })
      return clear(batchSize, () => connection.write(sweep.text, values, "upkeep"), options)
    },
    async listByUser(userId) {
      const values = bound(statements.list, { userId, now: now() })
      return (await connection.rows(statements.list.text, values)).map(recordOf)
    },
    migrate: () => migrate(connection, table),
  }
  return clock ? onServerClock(store, clock) : store
}

/** Sweeps until a batch is not full, and gives the number of rows removed. */
async function clear(
  batchSize: number,
  sweep: () => Promise<number>,
  { onProgress, signal }: ClearExpiredOptions,
): Promise<number> {
  let removed = 0
  while (!signal?.aborted) {
    const began = performance.now()
    const batch = await sweep()
    removed += batch
    onProgress?.(removed)
    if (batch < batchSize) break
    // It rests for as long as it worked, so that whoever waits gets in: a writer that waits for SQLite
    // only looks now and then.
    await new Promise((resolve) => setTimeout(resolve, performance.now() - began))
  }
  return removed
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
