import type { Finding } from "../backend.ts"
import type { TableOptions } from "../sql/schema.ts"

type Ask = (text: string) => readonly Record<string, unknown>[]

/** Whether the table is there and one of sessions. */
export function tableFinding(ask: Ask, path: string, { table = "holdfast_sessions" }: TableOptions): Finding {
  const found = { name: "table", value: table }
  const problem = problemOf(ask, path, table)
  if (problem) return { ...found, problem, isUnwritable: true }
  const slow = missingIndexes(ask, table)
  if (slow.length === 0) return found
  const walk = `There is no index on ${slow.join(" and ")}, so that clearing and finding a user's sessions walk through all of them. Run: holdfast migrate`
  return { ...found, problem: walk }
}

/** What is wrong with the table itself, so that nothing is to be written to it. */
function problemOf(ask: Ask, path: string, table: string): string | undefined {
  const { at } = placeOf(table)
  const columns = ask(`SELECT name FROM pragma_table_info(${at})`).map((row) => row.name)
  if (columns.length === 0) return `There is no table ${table} in ${path}. Run: holdfast migrate`
  const missing = COLUMNS.filter((column) => !columns.includes(column))
  if (missing.length > 0)
    return `The table has no ${missing.join(", ")}: it is not one of sessions. Name the right one with ?table= in the store's URL`
  if (indexed(ask, table).some((row) => row.name === "id" && row.unique)) return undefined
  return `The table's ids are not unique, so that no session can be made. Make it again: move it away, then run: holdfast migrate`
}

function missingIndexes(ask: Ask, table: string): string[] {
  const columns = indexed(ask, table).map((row) => row.name)
  return INDEXED.filter((column) => !columns.includes(column))
}

/** The first column of each index, and whether the index is unique. */
function indexed(ask: Ask, table: string): ReturnType<Ask> {
  const { at, schema } = placeOf(table)
  return ask(
    `SELECT info.name, list."unique" FROM pragma_index_list(${at}) list, pragma_index_info(list.name, '${schema}') info WHERE info.seqno = 0`,
  )
}

/** The table as the arguments of a pragma. */
function placeOf(table: string): { readonly at: string; readonly schema: string } {
  const [name = "", schema = "main"] = table.split(".").reverse()
  return { at: `'${name}', '${schema}'`, schema }
}

const COLUMNS = ["id", "user_id", "payload", "expires_at", "version"]
const INDEXED = ["expires_at", "user_id"]
