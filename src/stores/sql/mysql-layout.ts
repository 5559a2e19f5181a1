import type { SqlConnection } from "./connection.ts"
import type { Column, Index, Layout } from "./layout.ts"

/** What has the table's name in MySQL or MariaDB; `undefined` when nothing has. */
export async function mysqlLayout(connection: SqlConnection, table: string): Promise<Layout | undefined> {
  const [name = "", schema] = table.split(".").reverse()
  const place = schema === undefined ? "database()" : `'${schema}'`
  async function rows(view: string, where: string, more = ""): Promise<readonly Names[]> {
    // With a limit, so that sql_select_limit sets none.
    const text = `SELECT *${more} FROM information_schema.${view} WHERE ${where} LIMIT 9999`
    return (await connection.rows<Names>(text, [])).map(lowered)
  }

  // What these views compare without regard to case may be another table.
  const where = `table_schema = ${place} AND table_name = '${name}'`
  const found = await rows("tables", where, ", @@lower_case_table_names AS folds")
  const is = found.find(({ table_name, folds }) => table_name === name || Number(folds) > 0)
  if (!is) return undefined
  const isOurs = ({ table_name }: Names): boolean => table_name === is.table_name
  const [engine] = await rows("engines", `engine = '${is.engine}'`)
  const columns = await rows("columns", `${where} ORDER BY ordinal_position`)
  const parts = await rows("statistics", `${where} ORDER BY index_name, seq_in_index`)
  // MariaDB's JSON is a longtext with a check; only there do checks say which table they are of. MySQL has none before 8.0.16.
  const checks = await rows("check_constraints", `constraint_schema = ${place}`).catch(() => [])
  const indexes = indexesOf(parts.filter(isOurs))
  return {
    dialect: "mysql",
    kind: /^(?:BASE TABLE|SYSTEM VERSIONED)$/.test(String(is.table_type))
      ? "table"
      : String(is.table_type).toLowerCase(),
    columns: columns.filter(isOurs).map(columnOf),
    indexes,
    isTransactional: engine?.transactions === "YES",
    engine: String(is.engine),
    isPartitioned: /partitioned/.test(String(is.create_options)),
    bytes: Number(is.data_length),
    takenNames: indexes.map((index) => index.name),
    jsonColumns: checks
      .filter(isOurs)
      .flatMap(({ check_clause }) => /json_valid\(`?(\w+)`?\)/i.exec(String(check_clause))?.[1] ?? []),
  }
}

/** A row of `information_schema`, whose columns' names MySQL gives in capitals. */
type Names = Readonly<Record<string, unknown>>

function lowered(row: Names): Names {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]))
}

function columnOf(row: Names): Column {
  const charset = text(row.character_set_name)
  const collation = text(row.collation_name)
  const said = charset === undefined ? "" : ` CHARACTER SET ${charset} COLLATE ${collation}`
  const isNullable = row.is_nullable === "YES"
  return {
    name: String(row.column_name).toLowerCase(),
    type: `${row.column_type}${said}`,
    base: String(row.data_type).toLowerCase(),
    length: row.character_maximum_length === null ? undefined : Number(row.character_maximum_length),
    collation,
    charset,
    isNullable,
    isFilled: row.column_default !== null || /auto_increment|generated|invisible/i.test(String(row.extra)),
  }
}

function indexesOf(rows: readonly Names[]): readonly Index[] {
  const names = [...new Set(rows.map(({ index_name }) => String(index_name)))]
  return names.map((name) => {
    const parts = rows.filter(({ index_name }) => index_name === name)
    const [part] = parts
    return {
      name,
      columns: parts.map(({ column_name, sub_part }) =>
        sub_part === null ? nameOf(column_name) : undefined,
      ),
      first:
        part?.index_type === "BTREE" || part?.index_type === "HASH" ? nameOf(part.column_name) : undefined,
      isUnique: Number(part?.non_unique) === 0,
      isPrimary: name === "PRIMARY",
      isComplete: true,
      // MySQL hides an index as invisible, MariaDB as ignored.
      isValid: part?.is_visible !== "NO" && part?.ignored !== "YES",
    }
  })
}

/** A column's name, which MySQL takes in any case. */
function nameOf(value: unknown): string | undefined {
  return text(value)?.toLowerCase()
}

function text(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}
