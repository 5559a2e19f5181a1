import type { SqlConnection } from "./connection.ts"
import type { Column, Index, Layout } from "./layout.ts"

/** What has the table's name in a SQLite file; `undefined` when nothing has. */
export async function sqliteLayout(connection: SqlConnection, table: string): Promise<Layout | undefined> {
  const [name = "", schema = "main"] = table.split(".").reverse()
  const of = (text: string): string => `'${text.replaceAll("'", "''")}'`
  const master = `"${schema}".sqlite_master`
  const [found] = await connection.rows<{ name: string; type: string }>(
    `SELECT name, type FROM ${master} WHERE lower(name) = lower(${of(name)})`,
    [],
  )
  if (!found) return undefined
  const names = await connection.rows<{ name: string }>(
    `SELECT name FROM ${master} WHERE substr(lower(name), 1, ${name.length + 1}) = lower(${of(`${name}_`)})`,
    [],
  )
  const columns = await connection.rows<FoundColumn>(
    `SELECT * FROM pragma_table_xinfo(${of(found.name)}, ${of(schema)})`,
    [],
  )
  const listed = await connection.rows<FoundIndex>(
    `SELECT l.name, l."unique", l.origin, l.partial, m.sql, i.name AS part, i.coll
FROM pragma_index_list(${of(found.name)}, ${of(schema)}) l JOIN pragma_index_xinfo(l.name, ${of(schema)}) i ON i.key = 1
  LEFT JOIN ${master} m ON m.name = l.name ORDER BY l.name, i.seqno`,
    [],
  )
  return {
    dialect: "sqlite",
    kind: found.type,
    columns: columns.map((column) => columnOf(column, listed)),
    indexes: indexesOf(listed),
    isTransactional: true,
    isPartitioned: false,
    bytes: 0,
    takenNames: names.map((one) => one.name),
    jsonColumns: [],
  }
}

interface FoundColumn {
  readonly name: string
  readonly type: string
  readonly notnull: number | bigint
  readonly dflt_value: unknown
  readonly hidden: number | bigint
}

interface FoundIndex {
  readonly name: string
  readonly unique: number | bigint
  readonly origin: string
  readonly partial: number | bigint
  readonly sql: string | null
  readonly part: string | null
  readonly coll: string
}

/** SQLite tells a column's collation nowhere but in the indexes that begin with it. */
function columnOf(
  { name, type, notnull, dflt_value, hidden }: FoundColumn,
  listed: readonly FoundIndex[],
): Column {
  const collation = listed.find(({ part }) => part === name)?.coll ?? "BINARY"
  return {
    name,
    type: collation === "BINARY" ? type : `${type} COLLATE ${collation}`,
    base: type,
    collation,
    isNullable: Number(notnull) === 0,
    isFilled: dflt_value !== null || Number(hidden) > 0,
  }
}

function indexesOf(listed: readonly FoundIndex[]): readonly Index[] {
  return [...new Set(listed.map(({ name }) => name))].map((name) => {
    const parts = listed.filter((part) => part.name === name)
    const [{ unique, origin, partial, sql, part }] = parts as [FoundIndex]
    const whole = new RegExp(`where\\s+\\(*["\`[]?${part}["\`\\]]?\\s+is\\s+not\\s+null\\)*\\s*$`, "i")
    return {
      name,
      columns: parts.map((part) => part.part ?? undefined),
      first: part ?? undefined,
      isUnique: Number(unique) === 1,
      isPrimary: origin === "pk",
      isComplete: Number(partial) === 0 || whole.test(sql ?? ""),
      isValid: true,
      ...(origin === "u" && { constraint: name }),
    }
  })
}
