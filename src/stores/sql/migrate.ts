import type { SqlConnection } from "./connection.ts"
import { creation, quoted } from "./creation.ts"
import type { Difference } from "./difference.ts"
import { differences } from "./differences.ts"
import type { Layout } from "./layout.ts"
import { mysqlLayout } from "./mysql-layout.ts"
import { postgresLayout } from "./postgres-layout.ts"
import type { SqlDialect } from "./session-table.ts"
import { sqliteLayout } from "./sqlite-layout.ts"

/**
 * Makes the table, or what it lacks and can be made at any time; does nothing where nothing is to be done. Of ten machines that do so
 * at once some see their statement fail; then they look again. Rejects with the code `ERR_TABLE_DIFFERS` when the table is not as the
 * store needs it: the message says all that differs, and the statement that mends it.
 */
export async function migrate(connection: SqlConnection, table: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const statements = stepsOf(await layoutOf(connection, table), connection.dialect, table)
    if (statements.length === 0) return
    try {
      for (const text of statements) await connection.write(text, [], "upkeep")
    } catch (error) {
      if (isForbidden(error)) throw forbidden(error, statements)
      if (attempt >= ATTEMPTS) throw error
    }
    if (attempt > ATTEMPTS)
      throw new Error(`The table ${table} lacks what was made just now: ${statements.join("; ")}`)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt))
  }
}

/** The table as it lies there; `undefined` when it does not. */
export function layoutOf(connection: SqlConnection, table: string): Promise<Layout | undefined> {
  return LAYOUTS[connection.dialect](connection, table)
}

/** What is wrong with a table, and what to do, in one line. */
export function refusalOf(dialect: SqlDialect, table: string, found: readonly Difference[]): string {
  return `${found.map(({ text }) => text).join("; ")}. ${remedy(dialect, table, found)}`
}

/** What has to be run: nothing, or all that is safe. Throws when something else differs. */
function stepsOf(layout: Layout | undefined, dialect: SqlDialect, table: string): readonly string[] {
  if (!layout) return creation(dialect, table)
  const found = differences(layout, table)
  if (found.every(({ isSafe }) => isSafe)) return found.flatMap(({ statement }) => statement ?? [])
  const text = `The table ${table} is not as the store needs it: ${refusalOf(dialect, table, found)}`
  throw Object.assign(new Error(text), { code: "ERR_TABLE_DIFFERS" })
}

function remedy(dialect: SqlDialect, table: string, found: readonly Difference[]): string {
  if (found.some(({ clause, statement }) => clause === undefined && statement === undefined))
    return 'No statement mends that: take another name of a table (the option "table", or ?table= in a URL), or move this one away and run holdfast migrate'
  const clauses = found.flatMap(({ clause }) => clause ?? [])
  const altering = clauses.length > 0 ? [`ALTER TABLE ${quoted(dialect, table)} ${clauses.join(", ")}`] : []
  const statements = [...altering, ...found.flatMap(({ statement }) => statement ?? [])]
  return `When no request needs the table for a while, run: ${statements.join("; ")}`
}

function isForbidden(error: unknown): boolean {
  const { code, errno } = Object(error) as { code?: unknown; errno?: unknown }
  return code === "42501" || FORBIDDEN.includes(errno)
}

function forbidden(cause: unknown, statements: readonly string[]): Error {
  const { message, code, errno } = cause as Error & { code?: unknown; errno?: unknown }
  const text = `${message}. Whoever may make tables there has to run: ${statements.join("; ")}`
  return Object.assign(new Error(text, { cause }), { code, ...(errno !== undefined && { errno }) })
}

const LAYOUTS = { postgres: postgresLayout, mysql: mysqlLayout, sqlite: sqliteLayout }

const ATTEMPTS = 5

/** MySQL's ER_DBACCESS_DENIED, ER_TABLEACCESS_DENIED, ER_SPECIFIC_ACCESS_DENIED. */
const FORBIDDEN: readonly unknown[] = [1044, 1142, 1227]
