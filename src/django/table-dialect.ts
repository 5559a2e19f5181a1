import type { SqlDialect } from "../stores/sql/schema.ts"
import { clockText, instantOf } from "./clock.ts"
import type { ColumnValue } from "./columns.ts"

/** How one database keeps Django's times and compares its texts. */
export interface TableDialect {
  /** The deadline as a column to select. */
  readonly deadline: string
  /** A deadline as a parameter's place. */
  readonly instant: string
  /** `session_data` is exactly the parameter. */
  readonly isData: string
  /** What `INSERT` ends with so that a key that is taken is no error; MySQL has nothing that hides only that. */
  readonly orNothing: string
  /** A statement with its parameters marked as the database wants them, in place of `?`. */
  marked(statement: string): string
  /** A checked name, so that it may be a word of SQL and keeps its letters. */
  quoted(name: string): string
  /** The value of a column of one's own as a parameter. */
  value(value: ColumnValue): string | number | boolean | null
  /** An instant as a parameter. */
  parameter(instant: number): string | number
  /** The instant in a selected column. */
  instantOf(column: unknown): number
}

/** The dialect, with times as Django's settings have it write them where the column keeps no zone. */
export function tableDialect(dialect: SqlDialect, zone: string): TableDialect {
  const plain = {
    marked: (statement: string) => statement,
    quoted: (name: string) => `"${name}"`,
    value: (value: ColumnValue) => (typeof value === "boolean" ? Number(value) : value),
    orNothing: "ON CONFLICT (session_key) DO NOTHING",
  }
  const asText = {
    ...plain,
    instant: "?",
    parameter: (instant: number) => clockText(instant, zone),
    instantOf: (column: unknown) => instantOf(String(column), zone) ?? Number.NaN,
  }
  switch (dialect) {
    case "postgres":
      return {
        ...plain,
        marked(statement) {
          let count = 0
          return statement.replace(/\?/g, () => `$${++count}`)
        },
        value: (value) => value,
        deadline: "extract(epoch from expire_date) * 1000",
        instant: "to_timestamp(?::double precision / 1000)",
        isData: "session_data = ?",
        parameter: (instant) => instant,
        instantOf: (column) => Math.floor(Number(column)),
      }
    case "mysql":
      return {
        ...asText,
        quoted: (name) => `\`${name}\``,
        // As text, since a driver would read the time in a zone of its own.
        deadline: "CAST(expire_date AS CHAR)",
        // The table's collation takes Abc for aBC.
        isData: "CAST(session_data AS BINARY) = CAST(? AS BINARY)",
        orNothing: "",
      }
    case "sqlite":
      return {
        ...asText,
        deadline: "expire_date",
        isData: "session_data = ?",
      }
  }
}
