import { createHash } from "node:crypto"
import { CompiledQuery, type Dialect, Kysely } from "kysely"
import { kindOf } from "../../core/shown.ts"
import type {
  KyselyInstance,
  MysqlPool,
  MysqlPromisePool,
  PostgresPool,
  SqlDatabase,
  SqliteDatabase,
  SqliteStatement,
  SqlValue,
} from "./database.ts"
import type { SessionTable, SqlDialect } from "./schema.ts"

/** A row's values in the order of the statement. */
type Row = readonly unknown[] | undefined

/** A database that runs statements, each of which is a transaction of its own. */
export interface SqlConnection {
  readonly dialect: SqlDialect
  /** The rows that a statement selects. */
  rows(text: string, parameters: readonly unknown[]): Promise<readonly SessionTable[]>
  /** The first of them, as its values in the order of the statement, since node:sqlite takes long to name them. */
  row(text: string, parameters: readonly unknown[]): Row | Promise<Row>
  /** Runs a statement and gives the number of rows it wrote. */
  write(text: string, parameters: readonly unknown[]): Promise<number>
}

/** Recognises what was handed over by what it can do. Throws a `TypeError` when it is none of the known. */
export function connectSql(database: SqlDatabase, { prepare }: { prepare: boolean }): SqlConnection {
  if (can(database, "getExecutor", "withoutPlugins")) return throughKysely(database as KyselyInstance)
  if (can(database, "createDriver", "createQueryCompiler"))
    return throughKysely(new Kysely({ dialect: database as Dialect }))
  if (can(database, "query", "connect") && "totalCount" in database)
    return throughPostgres(database as PostgresPool, prepare)
  if (can(database, "getConnection", "promise"))
    return throughMysql((database as MysqlPool).promise(), prepare)
  if (can(database, "getConnection", "execute")) return throughMysql(database as MysqlPromisePool, prepare)
  if (can(database, "prepare", "exec")) return throughSqlite(database as SqliteDatabase)
  throw new TypeError(
    `sqlStore(database) takes a Kysely instance or dialect, a pool of pg or mysql2, or a database of node:sqlite or better-sqlite3; it got ${kindOf(database)}`,
  )
}

function throughKysely(instance: KyselyInstance): SqlConnection {
  // Plugins may rename columns; this table has the names it has.
  const db = instance.withoutPlugins() as Kysely<Record<string, SessionTable>>
  return {
    dialect: dialectOf(db),
    rows: async (text, parameters) =>
      (await db.executeQuery<SessionTable>(CompiledQuery.raw(text, [...parameters]))).rows,
    row: async (text, parameters) => {
      const [row] = (await db.executeQuery<SessionTable>(CompiledQuery.raw(text, [...parameters]))).rows
      return row && Object.values(row)
    },
    write: async (text, parameters) =>
      Number((await db.executeQuery(CompiledQuery.raw(text, [...parameters]))).numAffectedRows ?? 0),
  }
}

/** Tells the languages apart by how they mark names and parameters, which holds for dialects of any origin. */
function dialectOf(db: Kysely<Record<string, SessionTable>>): SqlDialect {
  const { sql } = db.selectFrom("t").select("id").where("id", "=", "").compile()
  if (sql.endsWith("$1")) return "postgres"
  if (sql.includes("`t`")) return "mysql"
  if (sql.includes('"t"') && sql.endsWith("?")) return "sqlite"
  throw new TypeError(
    `sqlStore(database) takes a dialect that speaks as PostgreSQL, MySQL or SQLite do; this one says: ${sql}`,
  )
}

function throughPostgres(pool: PostgresPool, prepare: boolean): SqlConnection {
  // The pool replaces an idle connection that breaks. Unless somebody listens, Node ends the process over it.
  if (pool.listenerCount("error") === 0) pool.on("error", () => {})
  const names = new Map<string, string>()

  /** The name that a connection keeps the prepared statement under; `undefined` for what is run once. */
  function nameOf(text: string, parameters: readonly unknown[]): string | undefined {
    if (!prepare || parameters.length === 0) return undefined
    let name = names.get(text)
    if (!name) {
      name = `holdfast ${createHash("sha256").update(text).digest("hex").slice(0, 32)}`
      names.set(text, name)
    }
    return name
  }

  const query = (
    text: string,
    parameters: readonly unknown[],
    rowMode?: "array",
  ): ReturnType<PostgresPool["query"]> => {
    const name = nameOf(text, parameters)
    return pool.query({ ...(name && { name }), ...(rowMode && { rowMode }), text, values: [...parameters] })
  }
  return {
    dialect: "postgres",
    rows: async (text, parameters) => (await query(text, parameters)).rows as SessionTable[],
    row: async (text, parameters) =>
      (await query(text, parameters, "array")).rows[0] as unknown[] | undefined,
    write: async (text, parameters) => (await query(text, parameters)).rowCount ?? 0,
  }
}

function throughMysql(pool: MysqlPromisePool, prepare: boolean): SqlConnection {
  async function run(text: string, parameters: readonly unknown[], rowsAsArray = false): Promise<unknown> {
    const statement = { sql: text, values: parameters as SqlValue[], rowsAsArray }
    const [result] = await (prepare ? pool.execute(statement) : pool.query(statement))
    return result
  }
  return {
    dialect: "mysql",
    rows: async (text, parameters) => (await run(text, parameters)) as SessionTable[],
    row: async (text, parameters) => ((await run(text, parameters, true)) as unknown[][])[0],
    write: async (text, parameters) =>
      ((await run(text, parameters)) as { affectedRows: number }).affectedRows,
  }
}

function throughSqlite(database: SqliteDatabase): SqlConnection {
  const statements = new Map<string, SqliteStatement>()

  function prepared(text: string, asArray = false): SqliteStatement {
    let statement = statements.get(text)
    if (!statement) {
      statement = database.prepare(text)
      // Else one row with a number that JavaScript can't hold makes node:sqlite give none.
      statement.setReadBigInts?.(true)
      if (asArray) {
        statement.setReturnArrays?.(true)
        if ("busy" in statement) statement.raw?.(true) // better-sqlite3's; Bun's would run the statement
      }
      statements.set(text, statement)
    }
    return statement
  }

  return {
    dialect: "sqlite",
    rows: async (text, parameters) => prepared(text).all(...(parameters as SqlValue[])) as SessionTable[],
    row(text, parameters) {
      const row = prepared(text, true).get(...(parameters as SqlValue[])) as object | undefined
      return row && (Array.isArray(row) ? row : Object.values(row))
    },
    write: async (text, parameters) => Number(prepared(text).run(...(parameters as SqlValue[])).changes),
  }
}

function can(value: unknown, ...methods: string[]): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === "function")
  )
}
