import type { OptionNames } from "../core/option-names.ts"
import { checkBoolean, checkCount } from "../core/option-values.ts"
import type { Found } from "../core/record.ts"
import type { Store } from "../core/store.ts"
import { connectSql } from "../stores/sql/connect.ts"
import type { SqlDatabase } from "../stores/sql/database.ts"
import { retrying } from "../stores/sql/retry.ts"
import { tableName } from "../stores/sql/schema.ts"
import { tableDialect } from "./table-dialect.ts"

/** Where Django's table is. */
export interface DjangoTableOptions {
  /**
   * The database: a pool of `pg` or `mysql2`, a database of `node:sqlite` or `better-sqlite3`, or a Kysely
   * instance or dialect. Give a SQLite database a timeout, so that it waits while Django writes.
   */
  readonly database: SqlDatabase
  /** The table's name, as a model of one's own may have it. @default "django_session" */
  readonly table?: string
  /** Whether the driver keeps prepared statements; see `sqlStore`. @default true */
  readonly prepare?: boolean
}

export const DJANGO_TABLE_OPTIONS: OptionNames<DjangoTableOptions> = {
  database: true,
  table: true,
  prepare: true,
}

/** Django's table as a store, and a way to walk through it. */
export interface DjangoTable extends Store {
  /** The number of rows that are dead, or alive. */
  count(which: "live" | "dead"): Promise<number>
  /** Live rows in the order of their keys, from after the key given. */
  after(key: string, limit: number): Promise<readonly Found[]>
}

/**
 * The table that Django's migration made. Its rows have no room for a counter, so a row's own text is its
 * version: a write lands only while the row says exactly what the writer read, whoever wrote it.
 *
 * @param zone The zone of times in a column that keeps none: "UTC" with `USE_TZ`.
 */
export function djangoTable(options: DjangoTableOptions, zone: string): DjangoTable {
  const table = tableName({ table: options.table ?? "django_session" })
  const { database, prepare = true } = options
  checkBoolean("prepare", prepare)
  const connection = retrying(connectSql(database, { prepare }))
  const dialect = tableDialect(connection.dialect, zone)
  const { deadline, instant, isData, orNothing } = dialect

  /** The text with its parameters marked as the database wants them. */
  function statement(text: string): string {
    let count = 0
    return connection.dialect === "postgres" ? text.replace(/\?/g, () => `$${++count}`) : text
  }

  const columns = `SELECT session_key, session_data, ${deadline} AS deadline FROM ${table}`
  const read = statement(`${columns} WHERE session_key = ? AND expire_date > ${instant}`)
  // The count is part of the text, since MySQL takes no number from mysql2 there.
  const walk = (count: number): string =>
    statement(
      `${columns} WHERE session_key > ? AND expire_date > ${instant} ORDER BY session_key LIMIT ${whole(count)}`,
    )
  const create = statement(
    `INSERT INTO ${table} (session_key, session_data, expire_date) VALUES (?, ?, ${instant}) ${orNothing}`,
  )
  const replace = statement(
    `UPDATE ${table} SET session_data = ?, expire_date = ${instant} WHERE session_key = ? AND expire_date > ${instant} AND ${isData}`,
  )
  const end = statement(
    `DELETE FROM ${table} WHERE session_key = ? AND expire_date > ${instant} AND ${isData}`,
  )
  const touch = statement(
    `UPDATE ${table} SET expire_date = ${instant} WHERE session_key = ? AND expire_date > ${instant} AND ${isData}`,
  )
  const remove = statement(`DELETE FROM ${table} WHERE session_key = ? AND expire_date > ${instant}`)
  const dead = (count: number): string =>
    statement(`SELECT session_key FROM ${table} WHERE expire_date <= ${instant} LIMIT ${whole(count)}`)
  const counts = {
    live: statement(`SELECT count(*) AS counted FROM ${table} WHERE expire_date > ${instant}`),
    dead: statement(`SELECT count(*) AS counted FROM ${table} WHERE expire_date <= ${instant}`),
  }
  const sweep = (count: number): string =>
    statement(
      `DELETE FROM ${table} WHERE expire_date <= ${instant} AND session_key IN (${Array(count).fill("?").join(", ")})`,
    )

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

  return {
    async read(id) {
      const [row] = await rows(read, id, now())
      return row?.session_key === id ? found(row) : undefined
    },
    async create({ id, payload, expiresAt }) {
      try {
        return (await write(create, id, payload, dialect.parameter(expiresAt))) ? payload : undefined
      } catch (error) {
        if ((error as { errno?: unknown }).errno === DUPLICATE_KEY) return undefined
        throw error
      }
    },
    async replace({ id, payload, expiresAt }, version) {
      if (expiresAt <= Date.now()) return (await write(end, id, now(), version)) ? payload : undefined
      const written = await write(replace, payload, dialect.parameter(expiresAt), id, now(), version)
      return written ? payload : undefined
    },
    touch: (id, expiresAt, version) => write(touch, dialect.parameter(expiresAt), id, now(), version),
    delete: (id) => write(remove, id, now()),
    async clearExpired({ batchSize = 1000, onProgress, signal } = {}) {
      const start = now()
      const find = dead(batchSize)
      let removed = 0
      while (!signal?.aborted) {
        const keys = (await rows(find, start)).map((row) => row.session_key)
        if (keys.length > 0) removed += await connection.write(sweep(keys.length), [start, ...keys])
        onProgress?.(removed)
        if (keys.length < batchSize) break
        await new Promise((resolve) => setTimeout(resolve, 1)) // lets waiting readers and writers in
      }
      return removed
    },
    async count(which) {
      const [row] = await connection.rows(counts[which], [now()])
      return Number((row as { counted?: unknown } | undefined)?.counted)
    },
    after: async (key, limit) => (await rows(walk(limit), key, now())).map(found),
  }
}

function whole(batchSize: number): number {
  checkCount("batchSize", batchSize)
  return batchSize
}

interface DjangoRow {
  readonly session_key: string
  readonly session_data: string
  readonly deadline: unknown
}

/** MySQL's ER_DUP_ENTRY. The one unique key is the session's. */
const DUPLICATE_KEY = 1062
