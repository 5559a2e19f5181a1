import type { SqlDialect } from "./session-table.ts"

/** A table as it lies in a database, in the words of all databases. */
export interface Layout {
  readonly dialect: SqlDialect
  /** What has the name: "table", or "view", "foreign table" and the like. */
  readonly kind: string
  readonly columns: readonly Column[]
  readonly indexes: readonly Index[]
  /** Whether what is written can be undone until it is committed; MySQL's engines differ in it. */
  readonly isTransactional: boolean
  /** What keeps the rows; in MySQL alone. */
  readonly engine?: string
  readonly isPartitioned: boolean
  readonly bytes: number
  /** Names that an index of this table can't have any more. */
  readonly takenNames: readonly string[]
  /** Columns whose values must pass a check of JSON. */
  readonly jsonColumns: readonly string[]
}

/** A column. */
export interface Column {
  readonly name: string
  /** In the database's words, with its length and, unless it is the usual one, its collation. */
  readonly type: string
  /** The type alone. */
  readonly base: string
  /** In characters; `undefined` when it has no limit of its own. */
  readonly length?: number | undefined
  readonly collation?: string | undefined
  readonly charset?: string | undefined
  readonly isNullable: boolean
  /** Whether a row that does not name it gets a value all the same. */
  readonly isFilled: boolean
}

/** An index. */
export interface Index {
  readonly name: string
  /** Its columns, in order; `undefined` for an expression or the beginning of a text. */
  readonly columns: readonly (string | undefined)[]
  /** The column that it begins with, of which it may hold just the beginning. */
  readonly first: string | undefined
  readonly isUnique: boolean
  readonly isPrimary: boolean
  /** Whether it holds every row that can be looked for. */
  readonly isComplete: boolean
  /** Whether the database uses it: not while it is built, nor when that has failed or it was hidden. */
  readonly isValid: boolean
  /** The constraint that it belongs to. */
  readonly constraint?: string | undefined
}
