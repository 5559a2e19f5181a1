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
    rowMode?: "array"
    query_timeout?: number
    text: string
    values: unknown[]
  }): Promise<{ rows: unknown[]; rowCount: number | null }>
  on(event: "error", listener: (error: Error) => void): unknown
  listenerCount(event: "error"): number
}

/** A pool of `mysql2/promise`. */
export interface MysqlPromisePool {
  getConnection(): Promise<unknown>
  execute(statement: { sql: string; values: SqlValue[] }): Promise<unknown>
  /** The pool that it was made of. */
  readonly pool: MysqlPool
}

/** A pool of `mysql2`. */
export interface MysqlPool {
  getConnection(callback: (error: Error | null, connection: MysqlConnection) => void): unknown
  promise(): unknown
}

/** What it gives. */
export interface MysqlConnection {
  execute(statement: MysqlStatement, callback: MysqlCallback): unknown
  query(statement: MysqlStatement, callback: MysqlCallback): unknown
  release(): void
  /** Takes it out of the pool, and lets the server end it. */
  destroy(): void
  /** The connection's socket, for a server that ends nothing any more. */
  readonly stream?: { destroy(): void }
}

export interface MysqlStatement {
  sql: string
  values?: SqlValue[]
  rowsAsArray: boolean
}

type MysqlCallback = (error: Error | null, answer: unknown) => void

/** A `DatabaseSync` of `node:sqlite`, a `Database` of `better-sqlite3`, or of anything that follows them. */
export interface SqliteDatabase {
  exec(text: string): unknown
  prepare(text: string): SqliteStatement
}

/** What it prepares. */
export interface SqliteStatement {
  all(...parameters: SqlValue[]): unknown[]
  get(...parameters: SqlValue[]): unknown
  run(...parameters: SqlValue[]): { changes: number | bigint }
  /** Has `get` give arrays: in `node:sqlite`. */
  setReturnArrays?(isOn: boolean): unknown
  /** Has integers come as BigInt: in `node:sqlite`. */
  setReadBigInts?(isOn: boolean): unknown
  /** The same in `better-sqlite3`, which is known by `busy`: elsewhere the name means something else. */
  raw?(isOn: boolean): unknown
  readonly busy?: boolean
}

/** What a parameter of ours can be. */
export type SqlValue = string | number | null
