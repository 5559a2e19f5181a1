import { COLUMNS, type WantedColumn } from "./columns.ts"
import { quoted } from "./creation.ts"
import type { Difference } from "./difference.ts"
import type { Column, Layout } from "./layout.ts"
import type { SqlDialect } from "./session-table.ts"

/** The ways in which a table's columns are not as the store needs them. */
export function columnDifferences(layout: Layout): readonly Difference[] {
  const wanted = COLUMNS[layout.dialect]
  const strangers = layout.columns.filter(({ name }) => !wanted.some((column) => column.name === name))
  return [
    ...wanted.flatMap((column) => ownDifferences(layout, column)),
    ...strangers.flatMap((column) => strangerDifferences(layout, column)),
  ]
}

function ownDifferences({ dialect, columns, jsonColumns }: Layout, wanted: WantedColumn): Difference[] {
  const { name, type, isNullable } = wanted
  const there = columns.find((column) => column.name === name)
  const said = `${type}${isNullable ? "" : " NOT NULL"}`
  if (!there) return [missing(dialect, wanted, said)]
  // Nothing of ours is NULL where it must not be, and SQLite could not change that.
  const isNullRight = there.isNullable === isNullable || (dialect === "sqlite" && there.isNullable)
  if (wanted.fits(there) && isNullRight && !jsonColumns.includes(name)) return []
  const check = jsonColumns.includes(name) ? " with a check of JSON" : ""
  const text = `column ${name} is ${there.type}${there.isNullable ? "" : " NOT NULL"}${check}, not ${said}`
  const isKept = wanted.fits(there) || (isText(type) ? isText(there.base) : isWhole(there.base))
  return [{ text, ...(isKept && change(dialect, wanted, there)) }]
}

/** Only what an application wrote later can be left out: without id, payload and deadline it is another table. */
function missing(dialect: SqlDialect, { name }: WantedColumn, said: string): Difference {
  const text = `column ${name} is missing`
  const isAddable = name === "user_id" || name === "version"
  const initial = name === "version" ? " DEFAULT 0" : ""
  return isAddable ? { text, clause: `ADD COLUMN ${quoted(dialect, name)} ${said}${initial}` } : { text }
}

/** What makes the column right and keeps its values. SQLite has no such statement. */
function change(
  dialect: SqlDialect,
  { name, type, isNullable, fits }: WantedColumn,
  there: Column,
): { clause?: string } {
  const column = quoted(dialect, name)
  if (dialect === "sqlite") return {}
  if (dialect === "mysql") return { clause: `MODIFY ${column} ${type} ${isNullable ? "NULL" : "NOT NULL"}` }
  const clauses = [
    ...(fits(there) ? [] : [`ALTER COLUMN ${column} TYPE ${type}`]),
    ...(there.isNullable === isNullable
      ? []
      : [`ALTER COLUMN ${column} ${isNullable ? "DROP" : "SET"} NOT NULL`]),
  ]
  return { clause: clauses.join(", ") }
}

/** A column that is not ours gets no value from us. */
function strangerDifferences(
  { dialect }: Layout,
  { name, type, isNullable, isFilled }: Column,
): Difference[] {
  if (isNullable || isFilled) return []
  const column = quoted(dialect, name)
  const text = `column ${name} is none of the store's and takes no row without a value`
  if (dialect === "sqlite") return [{ text }]
  const clause =
    dialect === "mysql" ? `MODIFY ${column} ${type} NULL` : `ALTER COLUMN ${column} DROP NOT NULL`
  return [{ text, clause }]
}

function isText(base: string): boolean {
  return /char|text|clob|json/i.test(base)
}

function isWhole(base: string): boolean {
  return /^(?:tiny|small|medium|big)?int(?:eger|\d)?$|^numeric$|^decimal$/i.test(base)
}
