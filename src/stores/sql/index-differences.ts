import { COLUMNS } from "./columns.ts"
import { INDEXED, indexing, indexName, quoted } from "./creation.ts"
import type { Difference } from "./difference.ts"
import type { Index, Layout } from "./layout.ts"
import type { SqlDialect } from "./session-table.ts"

/** The ways in which a table's keys and indexes are not as the store needs them. */
export function indexDifferences(layout: Layout, table: string): readonly Difference[] {
  return [
    ...keyDifferences(layout),
    ...uniqueDifferences(layout, table),
    ...INDEXED.flatMap((column) => lookupDifferences(layout, table, column)),
  ]
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

function lookupDifferences(layout: Layout, table: string, column: (typeof INDEXED)[number]): Difference[] {
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

/** From how many bytes on PostgreSQL takes long enough to build an index that nobody should wait: no row can be written meanwhile. */
const LARGE = 2 ** 30
