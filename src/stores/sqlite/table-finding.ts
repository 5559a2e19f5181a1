import type { Finding } from "../backend.ts"
import type { TableOptions } from "../sql/schema.ts"

type Ask = (text: string) => readonly Record<string, unknown>[]

/** Whether the table is there and one of sessions. */
export function tableFinding(ask: Ask, path: string, { table = "holdfast_sessions" }: TableOptions): Finding {
  const problem = problemOf(ask, path, table)
  return { name: "table", value: table, ...(problem && { problem }) }
}

function problemOf(ask: Ask, path: string, table: string): string | undefined {
  const [name = "", schema = "main"] = table.split(".").reverse()
  const at = `'${name}', '${schema}'`
  const columns = ask(`SELECT name FROM pragma_table_info(${at})`).map((row) => row.name)
  if (columns.length === 0) return `There is no table ${table} in ${path}. Run: holdfast migrate`
  const missing = COLUMNS.filter((column) => !columns.includes(column))
  if (missing.length > 0)
    return `The table has no ${missing.join(", ")}: it is not one of sessions. Name the right one with ?table= in the store's URL`
  const first = `SELECT info.name, list."unique" FROM pragma_index_list(${at}) list, pragma_index_info(list.name, '${schema}') info WHERE info.seqno = 0`
  const indexed = ask(first)
  if (!indexed.some((row) => row.name === "id" && row.unique))
    return `The table's ids are not unique, so that no session can be made. Make it again: move it away, then run: holdfast migrate`
  const slow = INDEXED.filter((column) => !indexed.some((row) => row.name === column))
  if (slow.length === 0) return undefined
  return `There is no index on ${slow.join(" and ")}, so that clearing and finding a user's sessions walk through all of them. Run: holdfast migrate`
}

const COLUMNS = ["id", "user_id", "payload", "expires_at", "version"]
const INDEXED = ["expires_at", "user_id"]
