import type { SessionTable, SqlDialect } from "./session-table.ts"

/** A row's values in the order of the statement. */
export type Row = readonly unknown[] | undefined

/** A database that runs statements, each of which is a transaction of its own. */
export interface SqlConnection {
  readonly dialect: SqlDialect
  /** The rows that a statement selects. */
  rows<R = SessionTable>(text: string, parameters: readonly unknown[], haste?: Haste): Promise<readonly R[]>
  /** The first of them, as its values in the order of the statement, since node:sqlite takes long to name them. */
  row(text: string, parameters: readonly unknown[]): Row | Promise<Row>
  /** Runs a statement and gives the number of rows it wrote. */
  write(text: string, parameters: readonly unknown[], haste?: Haste): Promise<number>
}

/** Whether a request waits for a statement, or it is upkeep and may take as long as it takes. */
export type Haste = "request" | "upkeep"

/** How statements are run. */
export interface ConnectionOptions {
  /** Whether pools let the server keep prepared statements. */
  readonly prepare: boolean
  /**
   * How long a pool waits for the answer to a statement that a request waits for, in milliseconds; then it closes that connection. For
   * ever when absent: a server that vanished without a word keeps it until the operating system gives up.
   */
  readonly patience?: number
}

/** How long stores from a URL wait for an answer, in milliseconds: longer than the core, which has given up by then. */
export const PATIENCE = 10_000
