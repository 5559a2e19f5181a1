import {
  type Compilable,
  Kysely,
  MysqlDialect,
  PostgresDialect,
  type RawBuilder,
  type SqlBool,
  SqliteDialect,
  sql,
} from "kysely"
import type { SessionTable, SqlDialect } from "./session-table.ts"

/** What a statement's parameters are called. */
export interface Values {
  readonly id: string
  readonly userId: string | null
  readonly payload: string
  readonly expiresAt: number
  readonly version: number
  readonly nextVersion: number
  readonly now: number
}

/** A statement's text, and what its parameters are, in the order of the text. */
export interface Statement {
  readonly text: string
  readonly parameters: readonly (keyof Values)[]
}

/** All statements of a store, compiled once. */
export interface Statements {
  /** Gives user_id, payload, expires_at and version. */
  readonly read: Statement
  readonly list: Statement
  /** Writes over a dead row too. */
  readonly create: Statement
  /** Writes over a dead row, where `create` can't. */
  readonly takeOver: Statement | undefined
  readonly replace: Statement
  /**
   * The same for a row that keeps its user and its deadline, where that takes a statement of its own: SQLite writes an index anew
   * whose column is set, also to what it was.
   */
  readonly rewrite: Statement | undefined
  readonly touch: Statement
  readonly remove: Statement
  /** Removes at most this many dead rows. */
  readonly sweep: (batchSize: number) => Statement
}

/** The statements for a table, in the language of its database. */
export function compileStatements(dialect: SqlDialect, table: string): Statements {
  const db = compiler(dialect)
  const isLive = sql<SqlBool>`${sql.ref("expires_at")} > ${value("now")}`
  const isDead = sql<SqlBool>`${sql.ref("expires_at")} <= ${value("now")}`

  /** Equal to the last character: MySQL's own `=` says that "bob" and "bob " are the same. */
  function is(column: "id" | "user_id", name: "id" | "userId"): RawBuilder<SqlBool> {
    const equal = sql<SqlBool>`${sql.ref(column)} = ${value(name)}`
    if (dialect !== "mysql") return equal
    return sql`${equal} and char_length(${sql.ref(column)}) = char_length(${value(name)})`
  }

  const columns = ["user_id", "payload", "expires_at", "version"] as const
  const insert = db.insertInto(table).values({
    id: value("id"),
    user_id: value("userId"),
    payload: value("payload"),
    expires_at: value("expiresAt"),
    version: value("version"),
  })
  const hasVersion = sql<SqlBool>`${sql.ref("version")} = ${value("version")}`
  return {
    read: compiled(db.selectFrom(table).select(columns).where(is("id", "id")).where(isLive)),
    // All of them, whatever MySQL's sql_select_limit says.
    list: compiled(
      db
        .selectFrom(table)
        .select(["id", ...columns])
        .where(is("user_id", "userId"))
        .where(isLive)
        .$if(dialect === "mysql", (query) => query.limit(sql.lit(MANY))),
    ),
    // MySQL counts rows that it leaves alone as written, or hides a payload cut short; there a taken id is an error.
    create: compiled(
      dialect === "mysql"
        ? insert
        : insert.onConflict((conflict) =>
            conflict
              .column("id")
              .doUpdateSet((row) => ({
                user_id: row.ref("excluded.user_id"),
                payload: row.ref("excluded.payload"),
                expires_at: row.ref("excluded.expires_at"),
                version: row.ref("excluded.version"),
              }))
              .where(sql<SqlBool>`${sql.ref(`${table}.expires_at`)} <= ${value("now")}`),
          ),
    ),
    takeOver:
      dialect === "mysql"
        ? compiled(
            db
              .updateTable(table)
              .set({
                user_id: value("userId"),
                payload: value("payload"),
                expires_at: value("expiresAt"),
                version: value("version"),
              })
              .where(is("id", "id"))
              .where(isDead),
          )
        : undefined,
    replace: compiled(
      db
        .updateTable(table)
        .set({
          user_id: value("userId"),
          payload: value("payload"),
          expires_at: value("expiresAt"),
          version: value("nextVersion"),
        })
        .where(is("id", "id"))
        .where(hasVersion)
        .where(isLive),
    ),
    rewrite:
      dialect === "sqlite"
        ? compiled(
            db
              .updateTable(table)
              .set({ payload: value("payload"), version: value("nextVersion") })
              .where(is("id", "id"))
              .where(hasVersion)
              .where(sql<SqlBool>`${sql.ref("user_id")} is ${value("userId")}`)
              .where(sql<SqlBool>`${sql.ref("expires_at")} = ${value("expiresAt")}`)
              .where(isLive),
          )
        : undefined,
    touch: compiled(
      db
        .updateTable(table)
        .set({ expires_at: value("expiresAt") })
        .where(is("id", "id"))
        .where(hasVersion)
        .where(isLive),
    ),
    remove: compiled(db.deleteFrom(table).where(is("id", "id")).where(isLive)),
    // In the order of the index, so that no batch begins by wading through the table. That a row is dead is
    // asked twice: between the two looks its deadline may have moved.
    sweep(batchSize) {
      const count = sql.lit(batchSize)
      if (dialect === "mysql")
        return compiled(db.deleteFrom(table).where(isDead).orderBy("expires_at").limit(count))
      const dead = db.selectFrom(table).select("id").where(isDead).orderBy("expires_at").limit(count)
      const chosen =
        dialect === "postgres"
          ? // Ten machines sweep side by side, and ARRAY is worked out once, whatever the planner thinks.
            sql<SqlBool>`${sql.ref("id")} = any(array(${dead.forUpdate().skipLocked()}))`
          : sql<SqlBool>`${sql.ref("id")} in (${dead})`
      return compiled(db.deleteFrom(table).where(chosen).where(isDead))
    },
  }
}

/** More than there can be. */
const MANY = Number.MAX_SAFE_INTEGER

/** A parameter, which stays its name until the statement is run. */
function value<Name extends keyof Values>(name: Name): RawBuilder<Values[Name]> {
  return sql`${name}`
}

function compiled(query: Compilable): Statement {
  const { sql: text, parameters } = query.compile()
  return { text, parameters: parameters as (keyof Values)[] }
}

/** What compiles statements; it connects to nothing. */
function compiler(dialect: SqlDialect): Kysely<Record<string, SessionTable>> {
  const nowhere = (): Promise<never> => Promise.reject(new Error("This only compiles statements"))
  switch (dialect) {
    case "postgres":
      return new Kysely({ dialect: new PostgresDialect({ pool: nowhere }) })
    case "mysql":
      return new Kysely({ dialect: new MysqlDialect({ pool: nowhere }) })
    case "sqlite":
      return new Kysely({ dialect: new SqliteDialect({ database: nowhere }) })
  }
}
