import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { wrongOption } from "../../core/option-values.ts"
import { shown } from "../../core/shown.ts"
import { COLUMNS } from "./columns.ts"
import { creation } from "./creation.ts"
import type { SqlDialect } from "./session-table.ts"

export type { SqlDialect } from "./session-table.ts"

/** Which table. */
export interface TableOptions {
  /**
   * The table's name, with its schema if need be: `holdfast_sessions`, `web.sessions`. Letters, digits and
   * underscores, at most 48 characters each.
   * @default "holdfast_sessions"
   */
  readonly table?: string | undefined
}

export const TABLE_OPTIONS: OptionNames<TableOptions> = { table: true }

/**
 * The statements that make the table and its indexes, to be pasted into a migration of one's own. Running
 * them again changes nothing.
 *
 * @example
 * await writeFile("migrations/007-sessions.sql", migrationSql("postgres"))
 */
export function migrationSql(dialect: SqlDialect, options: TableOptions = {}): string {
  if (!Object.hasOwn(COLUMNS, dialect))
    throw new TypeError(
      `migrationSql(dialect) takes one of ${Object.keys(COLUMNS).join(", ")}; it got ${shown(dialect)}`,
    )
  checkNames("migrationSql(dialect, options)", options, TABLE_OPTIONS)
  return `${creation(dialect, tableName(options)).join(";\n\n")};\n`
}

/** The table's name, checked. Throws a `TypeError` when it breaks the rule. */
export function tableName({ table = "holdfast_sessions" }: TableOptions): string {
  // 48 characters leave room for the longest index name in PostgreSQL's 63.
  if (typeof table === "string" && /^(?:[A-Za-z_]\w{0,47}\.)?[A-Za-z_]\w{0,47}$/.test(table)) return table
  throw wrongOption(
    "table",
    "must be a name of letters, digits and underscores, at most 48 characters, or schema.name of two such",
    table,
  )
}
