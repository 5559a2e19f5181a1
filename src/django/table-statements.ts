import { checkCount } from "../core/option-values.ts"
import type { TableDialect } from "./table-dialect.ts"

/** The statements on Django's table. Those with a count are made for it: MySQL takes no number from mysql2 there. */
export interface TableStatements {
  /** Of key and now. */
  readonly read: string
  /** Of key; dead rows count. */
  readonly exists: string
  /** Of a key and now: the rows after it. */
  walk(count: number): string
  /** Of key, data, deadline and the columns. */
  readonly create: string
  /** Of data, deadline, the columns, key, now and the data before. */
  readonly replace: string
  /** Of the new key, data, deadline, the columns, key, now and the data before. */
  readonly rename: string
  /** Of deadline, key, now and data. */
  readonly touch: string
  /** Of key, now and data. */
  readonly end: string
  /** Of key and now. */
  readonly remove: string
  /** Of now. */
  dead(count: number): string
  /** Of now and so many keys. */
  sweep(count: number): string
  /** Of now. */
  readonly count: Readonly<Record<"live" | "dead", string>>
}

/** The statements in a dialect; `columns` are those of the model's own that are written. */
export function tableStatements(
  dialect: TableDialect,
  tableName: string,
  columns: readonly string[],
): TableStatements {
  const { deadline, instant, isData, orNothing, marked, quoted } = dialect
  const table = tableName.split(".").map(quoted).join(".")
  const own = columns.map(quoted)
  const rows = `SELECT session_key, session_data, ${deadline} AS deadline FROM ${table}`
  const isLive = `session_key = ? AND expire_date > ${instant}`
  const written = ["session_data = ?", `expire_date = ${instant}`, ...own.map((name) => `${name} = ?`)]
  const names = ["session_key", "session_data", "expire_date", ...own].join(", ")
  const values = ["?", "?", instant, ...own.map(() => "?")].join(", ")
  return {
    read: marked(`${rows} WHERE ${isLive}`),
    exists: marked(`SELECT session_key FROM ${table} WHERE session_key = ?`),
    walk: (count) =>
      marked(
        `${rows} WHERE session_key > ? AND expire_date > ${instant} ORDER BY session_key LIMIT ${whole(count)}`,
      ),
    create: marked(`INSERT INTO ${table} (${names}) VALUES (${values}) ${orNothing}`),
    replace: marked(`UPDATE ${table} SET ${written.join(", ")} WHERE ${isLive} AND ${isData}`),
    rename: marked(
      `UPDATE ${table} SET ${["session_key = ?", ...written].join(", ")} WHERE ${isLive} AND ${isData}`,
    ),
    touch: marked(`UPDATE ${table} SET expire_date = ${instant} WHERE ${isLive} AND ${isData}`),
    end: marked(`DELETE FROM ${table} WHERE ${isLive} AND ${isData}`),
    remove: marked(`DELETE FROM ${table} WHERE ${isLive}`),
    dead: (count) =>
      marked(`SELECT session_key FROM ${table} WHERE expire_date <= ${instant} LIMIT ${whole(count)}`),
    sweep: (count) =>
      marked(
        `DELETE FROM ${table} WHERE expire_date <= ${instant} AND session_key IN (${Array(count).fill("?").join(", ")})`,
      ),
    count: {
      live: marked(`SELECT count(*) AS counted FROM ${table} WHERE expire_date > ${instant}`),
      dead: marked(`SELECT count(*) AS counted FROM ${table} WHERE expire_date <= ${instant}`),
    },
  }
}

function whole(batchSize: number): number {
  checkCount("batchSize", batchSize)
  return batchSize
}
