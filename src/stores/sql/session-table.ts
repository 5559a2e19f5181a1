/** The languages of SQL that the store speaks: PostgreSQL's, that of MySQL and MariaDB, and SQLite's. */
export type SqlDialect = "postgres" | "mysql" | "sqlite"

/** The table of sessions. Column names are the same in every database. */
export interface SessionTable {
  id: string
  user_id: string | null
  payload: string
  /** Epoch milliseconds; a driver may bring it as text or as a bigint. */
  expires_at: number | string | bigint
  /** Counts the writes, from a random start, so that a row made anew is never mistaken for the old one. */
  version: number | string | bigint
}
