import { COLUMNS } from "./columns.ts"
import type { SqlDialect } from "./session-table.ts"

/** The columns by which the store looks for rows, beside the id. */
export const INDEXED = ["expires_at", "user_id"] as const

/** The statements that make the table and its indexes. Running them again changes nothing. */
export function creation(dialect: SqlDialect, table: string): readonly string[] {
  const [name = ""] = table.split(".").reverse()
  const columns = COLUMNS[dialect].map(
    ({ name, type, isNullable }) =>
      `${quoted(dialect, name)} ${type}${isNullable ? "" : " NOT NULL"}${name === "id" ? " PRIMARY KEY" : ""}`,
  )
  const indexes = INDEXED.map((column) => [column, indexName(name, column)] as const)
  // MySQL knows no CREATE INDEX IF NOT EXISTS, so the indexes come with the table.
  const inside = dialect === "mysql" ? indexes.map(([column, name]) => key(column, name)) : []
  const lines = [...columns, ...inside].map((line) => `  ${line}`).join(",\n")
  const made = `CREATE TABLE IF NOT EXISTS ${quoted(dialect, table)} (\n${lines}\n)${ENDING[dialect]}`
  if (dialect === "mysql") return [made]
  return [made, ...indexes.map(([column, name]) => indexing(dialect, table, column, name))]
}

/** The statement that makes an index of this name. */
export function indexing(
  dialect: SqlDialect,
  table: string,
  column: (typeof INDEXED)[number],
  index: string,
): string {
  const [name = "", schema] = table.split(".").reverse()
  const where = column === "user_id" ? ` WHERE ${quoted(dialect, column)} IS NOT NULL` : ""
  const made = (index: string, table: string): string =>
    `CREATE INDEX IF NOT EXISTS ${quoted(dialect, index)} ON ${quoted(dialect, table)} (${quoted(dialect, column)})${where}`
  if (dialect === "mysql") return `ALTER TABLE ${quoted(dialect, table)} ADD ${key(column, index)}`
  if (dialect === "postgres") return made(index, table)
  // SQLite wants the schema before the index, and looks for the table there.
  return made(schema === undefined ? index : `${schema}.${index}`, name)
}

/** The name that an index is given, or the `nth` where those before are taken. */
export function indexName(table: string, column: (typeof INDEXED)[number], nth = 1): string {
  return `${table}_${column}${nth === 1 ? "" : `_${nth}`}`
}

/** The name, or the schema's and its own, as a statement says it. */
export function quoted(dialect: SqlDialect, name: string): string {
  const quote = dialect === "mysql" ? "`" : '"'
  return name
    .split(".")
    .map((part) => quote + part.replaceAll(quote, quote + quote) + quote)
    .join(".")
}

/** 191 characters are enough to find a user by; more would not fit into an index of `ROW_FORMAT = COMPACT` or pages of 4 kB. */
function key(column: (typeof INDEXED)[number], index: string): string {
  const part = column === "user_id" ? "(191)" : ""
  return `KEY ${quoted("mysql", index)} (${quoted("mysql", column)}${part})`
}

const ENDING: Readonly<Record<SqlDialect, string>> = {
  // With room left on each page, a change that keeps its deadline stays on its page and leaves the indexes alone.
  postgres: " WITH (fillfactor = 90)",
  mysql: " ENGINE = InnoDB",
  sqlite: "",
}
