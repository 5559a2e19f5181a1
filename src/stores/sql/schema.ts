import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { wrongOption } from "../../core/option-values.ts"
import { shown } from "../../core/shown.ts"

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
  if (!Object.hasOwn(STATEMENTS, dialect))
    throw new TypeError(
      `migrationSql(dialect) takes one of ${Object.keys(STATEMENTS).join(", ")}; it got ${shown(dialect)}`,
    )
  checkNames("migrationSql(dialect, options)", options, TABLE_OPTIONS)
  return `${schemaStatements(dialect, tableName(options)).join(";\n\n")};\n`
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

/** The same statements one by one. */
export function schemaStatements(dialect: SqlDialect, table: string): readonly string[] {
  const [name = "", schema] = table.split(".").reverse()
  return STATEMENTS[dialect](name, schema)
}

type Statements = (name: string, schema: string | undefined) => readonly string[]

const STATEMENTS: Record<SqlDialect, Statements> = {
  // With room left on each page, a change that keeps its deadline stays on its page and leaves the indexes alone.
  // In collation C comparing ids and users is comparing bytes, whatever the database's own collation.
  postgres: (name, schema) => [
    `CREATE TABLE IF NOT EXISTS ${quoted('"', schema, name)} (
  "id" varchar(64) COLLATE "C" NOT NULL PRIMARY KEY,
  "user_id" varchar(255) COLLATE "C",
  "payload" text NOT NULL,
  "expires_at" bigint NOT NULL,
  "version" bigint NOT NULL
) WITH (fillfactor = 90)`,
    `CREATE INDEX IF NOT EXISTS "${name}_expires_at" ON ${quoted('"', schema, name)} ("expires_at")`,
    `CREATE INDEX IF NOT EXISTS "${name}_user_id" ON ${quoted('"', schema, name)} ("user_id") WHERE "user_id" IS NOT NULL`,
  ],
  // MySQL knows no CREATE INDEX IF NOT EXISTS, so the indexes come with the table.
  mysql: (name, schema) => [
    `CREATE TABLE IF NOT EXISTS ${quoted("`", schema, name)} (
  \`id\` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  \`user_id\` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  \`payload\` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  \`expires_at\` bigint NOT NULL,
  \`version\` bigint NOT NULL,
  KEY \`${name}_expires_at\` (\`expires_at\`),
  KEY \`${name}_user_id\` (\`user_id\`)
) ENGINE = InnoDB`,
  ],
  // SQLite wants the schema before the index, and looks for the table there.
  sqlite: (name, schema) => [
    `CREATE TABLE IF NOT EXISTS ${quoted('"', schema, name)} (
  "id" text NOT NULL PRIMARY KEY,
  "user_id" text,
  "payload" text NOT NULL,
  "expires_at" integer NOT NULL,
  "version" integer NOT NULL
)`,
    `CREATE INDEX IF NOT EXISTS ${quoted('"', schema, `${name}_expires_at`)} ON "${name}" ("expires_at")`,
    `CREATE INDEX IF NOT EXISTS ${quoted('"', schema, `${name}_user_id`)} ON "${name}" ("user_id") WHERE "user_id" IS NOT NULL`,
  ],
}

function quoted(quote: string, schema: string | undefined, name: string): string {
  const quotedName = `${quote}${name}${quote}`
  return schema === undefined ? quotedName : `${quote}${schema}${quote}.${quotedName}`
}
