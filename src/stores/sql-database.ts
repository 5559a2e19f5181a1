import type { Dialect } from "kysely"

/** What `sqlStore` takes. */
export type SqlDatabase =
  | KyselyInstance
  | Dialect
  | PostgresPool
  | MysqlPool
  | MysqlPromisePool
  | SqliteDatabase

/** A `Kysely` instance over any tables. */
export interface KyselyInstance {
  getExecutor(): unknown
  withoutPlugins(): unknown
}

/** A `Pool` of `pg`, or of anything that follows it. */
export interface PostgresPool {
  readonly totalCount: number
  query(statement: {
    name?: string
    text: string
    values: unknown[]
  }): Promise<{ rows: unknown[]; rowCount: number | null }>
  on(event: "error", listener: (error: Error) => void): unknown
  listenerCount(event: "error"): number
}

/** A pool of `mysql2/promise`. */
export interface MysqlPromisePool {
  getConnection(): Promise<unknown>
  execute(statement: MysqlStatement): Promise<[unknown, ...unknown[]]>
  query(statement: MysqlStatement): Promise<[unknown, ...unknown[]]>
}

/** A pool of `mysql2`. */
export interface MysqlPool {
  getConnection(callback: (error: unknown, connection: unknown) => void): unknown
  promise(): MysqlPromisePool
}

interface MysqlStatement {
  sql: string
  values: SqlValue[]
  rowsAsArray: false
}

/** A `DatabaseSync` of `node:sqlite`, a `Database` of `better-sqlite3`, or of anything that follows them. */
export interface SqliteDatabase {
  exec(text: string): unknown
  prepare(text: string): {
    all(...parameters: SqlValue[]): unknown[]
    get(...parameters: SqlValue[]): unknown
    run(...parameters: SqlValue[]): { changes: number | bigint }
  }
}

/** What a parameter of ours can be. */
export type SqlValue = string | number | null
