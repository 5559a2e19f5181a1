import type { Column } from "./layout.ts"
import type { SessionTable, SqlDialect } from "./session-table.ts"

/** A column as the store needs it. */
export interface WantedColumn {
  readonly name: keyof SessionTable
  /** As a statement says it. */
  readonly type: string
  readonly isNullable: boolean
  /** Whether a column of this type does as well. */
  fits(column: Column): boolean
}

/** The columns of a table of sessions. Both what makes the table and what judges one that is there go by these. */
export const COLUMNS: Readonly<Record<SqlDialect, readonly WantedColumn[]>> = {
  // In collation C comparing ids and users is comparing bytes, whatever the database's own collation.
  postgres: columns({
    id: ['varchar(64) COLLATE "C"', (column) => isPostgresText(column, 64) && isBytewise(column)],
    user_id: ['varchar(255) COLLATE "C"', (column) => isPostgresText(column, 255) && isBytewise(column)],
    payload: ["text", (column) => isPostgresText(column, Number.POSITIVE_INFINITY)],
    expires_at: ["bigint", isBigint],
    version: ["bigint", isBigint],
  }),
  mysql: columns({
    id: [
      "varchar(64) CHARACTER SET ascii COLLATE ascii_bin",
      (column) => isVarchar(column, 64) && isBytewise(column),
    ],
    user_id: [
      "varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
      (column) => isVarchar(column, 255) && isBytewise(column) && column.charset === "utf8mb4",
    ],
    payload: [
      "longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
      ({ base, charset }) => base === "longtext" && charset === "utf8mb4",
    ],
    expires_at: ["bigint", isBigint],
    version: ["bigint", isBigint],
  }),
  sqlite: columns({
    id: ["text", (column) => isSqliteText(column) && isBytewise(column)],
    user_id: ["text", (column) => isSqliteText(column) && isBytewise(column)],
    payload: ["text", isSqliteText],
    expires_at: ["integer", isInteger],
    version: ["integer", isInteger],
  }),
}

type Kind = readonly [type: string, fits: WantedColumn["fits"]]

function columns(kinds: Record<keyof SessionTable, Kind>): readonly WantedColumn[] {
  return Object.entries(kinds).map(([name, [type, fits]]) => ({
    name: name as keyof SessionTable,
    type,
    isNullable: name === "user_id",
    fits,
  }))
}

function isPostgresText({ base, length = Number.POSITIVE_INFINITY }: Column, least: number): boolean {
  return (base === "text" || base === "varchar") && length >= least
}

function isVarchar({ base, length = 0 }: Column, least: number): boolean {
  return base === "varchar" && length >= least
}

/** By SQLite's rules of affinity. */
function isSqliteText({ base }: Column): boolean {
  return /char|clob|text/i.test(base) && !isInteger({ base })
}

function isInteger({ base }: Pick<Column, "base">): boolean {
  return /int/i.test(base)
}

function isBigint({ base }: Column): boolean {
  return base === "bigint" || base === "int8"
}

/** Whether texts are equal only when their bytes are. SQLite's own collation has no name here. */
function isBytewise({ collation = "binary" }: Column): boolean {
  return /^(?:C|POSIX|ucs_basic|binary|\w+_bin)$/i.test(collation)
}
