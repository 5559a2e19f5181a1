import { COLUMNS, type WantedColumn } from "./columns.ts"
import { INDEXED, indexing, indexName, quoted } from "./creation.ts"
import type { Column, Index, Layout } from "./layout.ts"
import type { SqlDialect } from "./session-table.ts"

/** A way in which a table is not as the store needs it. */
export interface Difference {
  /** What is there and what should be, for people. */
  readonly text: string
  /** What mends it: a part of an ALTER TABLE, or a statement; neither when nothing but another table does. */
  readonly clause?: string
  readonly statement?: string
  /** Whether the statement may be run at any time: it changes no row and holds up nobody for long. */
  readonly isSafe?: true
}

/** All the ways in which the table is not as the store needs it; none when it will do. Its indexes may have any names. */
export function differences(layout: Layout, table: string): readonly Difference[] {
  const { kind, columns, isTransactional, engine } = layout
  if (kind !== "table") return [{ text: `it is ${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind} and no table` }]
  const wanted = COLUMNS[layout.dialect]
  return [
    ...(isTransactional ? [] : [{ text: `its engine is ${engine}, not InnoDB`, clause: "ENGINE = InnoDB" }]),
    ...wanted.flatMap((column) => columnDifferences(layout, column)),
    ...columns
      .filter(({ name }) => !wanted.some((column) => column.name === name))
      .flatMap((column) => strangerDifferences(layout, column)),
    ...keyDifferences(layout),
    ...uniqueDifferences(layout, table),
    ...INDEXED.flatMap((column) => indexDifferences(layout, table, column)),
  ]
}

function columnDifferences({ dialect, columns, jsonColumns }: Layout, wanted: WantedColumn): Difference[] {
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

function keyDifferences({ dialect, indexes }: Layout): Difference[] {
  const isKey = indexes.some(
    ({ columns, isUnique, isComplete, isValid }) =>
      isUnique && isComplete && isValid && columns.length === 1 && columns[0] === "id",
  )
  const primary = indexes.find(({ isPrimary }) => isPrimary)
  if (isKey && !(primary && isOfOurs(dialect, primary))) return []
  const columns = primary?.columns.map((column) => column ?? "an expression").join(", ")
  const text = primary ? `the primary key is (${columns}), not (id)` : "there is no primary key"
  if (dialect === "sqlite") return [{ text }]
  const old = primary && (dialect === "mysql" ? "PRIMARY KEY" : `CONSTRAINT ${quoted(dialect, primary.name)}`)
  return [{ text, clause: `${old ? `DROP ${old}, ` : ""}ADD PRIMARY KEY (${quoted(dialect, "id")})` }]
}

/** Of what is no key to the store, several rows may say the same. */
function uniqueDifferences({ dialect, indexes }: Layout, table: string): Difference[] {
  return indexes
    .filter((index) => index.isUnique && !index.isPrimary && isOfOurs(dialect, index))
    .map(({ name, columns, constraint }) => {
      const text = `(${columns.join(", ")}) must be unique by ${constraint ?? name}: several sessions may have the same`
      const [, schema] = table.split(".").reverse()
      const index = quoted(dialect, schema === undefined ? name : `${schema}.${name}`)
      if (constraint !== undefined) return { text, clause: `DROP CONSTRAINT ${quoted(dialect, constraint)}` }
      if (dialect === "mysql") return { text, clause: `DROP INDEX ${quoted(dialect, name)}` }
      return { text, statement: `DROP INDEX ${index}` }
    })
}

function indexDifferences(layout: Layout, table: string, column: (typeof INDEXED)[number]): Difference[] {
  const { dialect, indexes, takenNames, isPartitioned, bytes } = layout
  const there = indexes.filter(({ first, isComplete }) => first === column && isComplete)
  if (there.some(({ isValid }) => isValid) || !layout.columns.some(({ name }) => name === column)) return []
  const [invalid] = there
  const [name = "", schema] = table.split(".").reverse()
  if (invalid && dialect === "postgres") {
    const index = quoted(dialect, schema === undefined ? invalid.name : `${schema}.${invalid.name}`)
    return [
      {
        text: `index ${invalid.name} is not valid: it is being built, or that has failed`,
        statement: isPartitioned ? `DROP INDEX ${index}` : `REINDEX INDEX CONCURRENTLY ${index}`,
      },
    ]
  }
  let nth = 1
  while (takenNames.includes(indexName(name, column, nth))) nth++
  const statement = indexing(dialect, table, column, indexName(name, column, nth))
  const text = `there is no index on ${column}`
  if (dialect !== "postgres" || bytes < LARGE) return [{ text, statement, isSafe: true }]
  return [{ text, statement: isPartitioned ? statement : statement.replace("INDEX", "INDEX CONCURRENTLY") }]
}

/** Whether it is over columns of ours, and the id is not one of them. */
function isOfOurs(dialect: SqlDialect, { columns }: Index): boolean {
  const ours = COLUMNS[dialect].map(({ name }) => name as string | undefined)
  return columns.every((name) => name !== "id" && ours.includes(name))
}

function isText(base: string): boolean {
  return /char|text|clob|json/i.test(base)
}

function isWhole(base: string): boolean {
  return /^(?:tiny|small|medium|big)?int(?:eger|\d)?$|^numeric$|^decimal$/i.test(base)
}

/** From how many bytes on PostgreSQL takes long enough to build an index that nobody should wait: no row can be written meanwhile. */
const LARGE = 2 ** 30
