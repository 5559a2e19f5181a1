import type { OptionNames } from "../core/option-names.ts"
import { checkBoolean } from "../core/option-values.ts"
import type { Found, SessionRecord, Version } from "../core/record.ts"
import type { Renames, Store } from "../core/store.ts"
import { connectSql } from "../stores/sql/connect.ts"
import type { SqlDatabase } from "../stores/sql/database.ts"
import { retrying } from "../stores/sql/retry.ts"
import { tableName } from "../stores/sql/schema.ts"
import { type ColumnValues, columnNames, type SessionColumns } from "./columns.ts"
import { patiently } from "./patience.ts"
import { tableDialect } from "./table-dialect.ts"
import { tableStatements } from "./table-statements.ts"

/** Where Django's table is. */
export interface DjangoTableOptions {
  /**
   * The database: a pool of `pg` or `mysql2`, a database of `node:sqlite` or `better-sqlite3`, or a Kysely
   * instance or dialect. Give a SQLite database a timeout, so that it waits while Django writes.
   */
  readonly database: SqlDatabase
  /** The table's name, as a model of one's own may have it. @default "django_session" */
  readonly table?: string
  /**
   * What a model of one's own keeps in columns of its own, as its store's `create_model_instance` has it: a function for each, called
   * with the session whenever one is created or saved. It must answer at once. Columns that are not named here are left
   * alone, and keep what they hold when the session gets another key.
   *
   * @example
   * { account_id: ({ userId }) => userId, tenant: ({ data }) => String(data.tenant ?? "none") }
   */
  readonly columns?: SessionColumns
  /** Whether the driver keeps prepared statements; see `sqlStore`. @default true */
  readonly prepare?: boolean
}

export const DJANGO_TABLE_OPTIONS: OptionNames<DjangoTableOptions> = {
  database: true,
  table: true,
  columns: true,
  prepare: true,
}

/** Django's table as a store, and a way to walk through it. */
export interface DjangoTable extends Store, Renames {
  /** The number of rows that are dead, or alive. */
  count(which: "live" | "dead"): Promise<number>
  /** Live rows in the order of their keys, from after the key given. */
  after(key: string, limit: number): Promise<readonly Found[]>
}

/**
 * The table that Django's migration made. Its rows have no room for a counter, so a row's own text is its
 * version: a write lands only while the row says exactly what the writer read, whoever wrote it. A session gets another key in its row,
 * so that what other columns hold stays.
 *
 * @param valuesOf What the columns hold that `columns` names.
 */
export function djangoTable(
  options: DjangoTableOptions,
  zone: string,
  valuesOf: ColumnValues = () => [],
): DjangoTable {
  const table = tableName({ table: options.table ?? "django_session" })
  const { database, prepare = true } = options
  checkBoolean("prepare", prepare)
  const columns = columnNames(options.columns)
  const connection = retrying(connectSql(database, { prepare }))
  const dialect = tableDialect(connection.dialect, zone)
  const statements = tableStatements(dialect, table, columns)

  const now = (): string | number => dialect.parameter(Date.now())

  async function rows(text: string, ...parameters: unknown[]): Promise<readonly DjangoRow[]> {
    return (await connection.rows(text, parameters)) as readonly unknown[] as readonly DjangoRow[]
  }

  async function write(text: string, ...parameters: unknown[]): Promise<boolean> {
    return (await connection.write(text, parameters)) > 0
  }

  function found({ session_key: id, session_data: payload, deadline }: DjangoRow): Found {
    const expiresAt = dialect.instantOf(deadline)
    return { record: { id, userId: null, payload, expiresAt }, version: payload }
  }

  const parametersOf = (record: SessionRecord): readonly unknown[] => [
    record.payload,
    dialect.parameter(record.expiresAt),
    ...valuesOf(record).map(dialect.value),
  ]

  async function end(id: string, version: Version): Promise<boolean> {
    return write(statements.end, id, now(), version)
  }

  /** Removes so many rows that were dead at the start. */
  async function clear(start: string | number, most: number): Promise<{ found: number; removed: number }> {
    const keys = (await rows(statements.dead(most), start)).map((row) => row.session_key)
    if (keys.length === 0) return { found: 0, removed: 0 }
    const removed = await connection.write(statements.sweep(keys.length), [start, ...keys])
    return { found: keys.length, removed }
  }

  return {
    async read(id) {
      const [row] = await rows(statements.read, id, now())
      return row?.session_key === id ? found(row) : undefined
    },
    async create(record) {
      const { id, payload } = record
      const parameters = parametersOf(record)
      try {
        return (await write(statements.create, id, ...parameters)) ? payload : undefined
      } catch (error) {
        const isDuplicate = (error as { errno?: unknown }).errno === DUPLICATE_KEY
        // A column of one's own may be unique too.
        if (isDuplicate && (await rows(statements.exists, id)).length > 0) return undefined
        throw error
      }
    },
    async replace(record, version) {
      const { id, payload, expiresAt } = record
      const isWritten =
        expiresAt <= Date.now()
          ? await end(id, version)
          : await write(statements.replace, ...parametersOf(record), id, now(), version)
      return isWritten ? payload : undefined
    },
    async rename(id, record, version) {
      const { id: next, payload, expiresAt } = record
      const isWritten =
        expiresAt <= Date.now()
          ? await end(id, version)
          : await write(statements.rename, next, ...parametersOf(record), id, now(), version)
      return isWritten ? payload : undefined
    },
    touch: (id, expiresAt, version) =>
      write(statements.touch, dialect.parameter(expiresAt), id, now(), version),
    delete: (id) => write(statements.remove, id, now()),
    async clearExpired({ batchSize = 1000, onProgress, signal } = {}) {
      const start = now()
      let removed = 0
      while (!signal?.aborted) {
        const batch = await patiently(clear(start, batchSize), signal)
        if (!batch) break
        removed += batch.removed
        onProgress?.(removed)
        if (batch.found < batchSize) break
        await new Promise((resolve) => setTimeout(resolve, 1)) // lets waiting readers and writers in
      }
      return removed
    },
    async count(which) {
      const [row] = await connection.rows(statements.count[which], [now()])
      return Number((row as { counted?: unknown } | undefined)?.counted)
    },
    after: async (key, limit) => (await rows(statements.walk(limit), key, now())).map(found),
  }
}

interface DjangoRow {
  readonly session_key: string
  readonly session_data: string
  readonly deadline: unknown
}

/** MySQL's ER_DUP_ENTRY. */
const DUPLICATE_KEY = 1062
