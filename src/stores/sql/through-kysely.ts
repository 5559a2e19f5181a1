import { CompiledQuery, type Kysely } from "kysely"
import { advised } from "./advice.ts"
import type { SqlConnection } from "./connection.ts"
import type { KyselyInstance } from "./database.ts"
import { withLiterals } from "./literals.ts"
import type { SessionTable, SqlDialect } from "./session-table.ts"

type Database = Kysely<Record<string, SessionTable>>

interface Answer {
  readonly rows: readonly unknown[]
  readonly numAffectedRows?: bigint
}

/** Statements through Kysely, of whatever origin its dialect is. */
export function throughKysely(instance: KyselyInstance): SqlConnection {
  // Plugins may rename columns; this table has the names it has.
  const db = instance.withoutPlugins() as Database
  const dialect = dialectOf(db)
  const run = dialect === "mysql" ? mysqlRunner(db) : runner(db)
  return {
    dialect,
    rows: async <R>(text: string, parameters: readonly unknown[]) =>
      (await run(text, parameters)).rows as R[],
    row: async (text, parameters) => {
      const [row] = (await run(text, parameters)).rows
      return row ? Object.values(row) : undefined
    },
    write: async (text, parameters) => Number((await run(text, parameters)).numAffectedRows ?? 0),
  }
}

type Runner = (text: string, parameters: readonly unknown[]) => Promise<Answer>

function runner(db: Database): Runner {
  return async (text, parameters) => {
    try {
      return await db.executeQuery(CompiledQuery.raw(text, [...parameters]))
    } catch (error) {
      throw advised(error)
    }
  }
}

/**
 * Kysely lets mysql2 write parameters into the text, so they are written here. Where connections don't commit by
 * themselves, which is asked at first and after each error, a statement gets a transaction.
 */
function mysqlRunner(db: Database): Runner {
  let isCommitting: boolean | undefined

  async function asked(): Promise<boolean> {
    const { rows } = await db.executeQuery<{ autocommit: unknown }>(
      CompiledQuery.raw("SELECT @@autocommit AS autocommit"),
    )
    return Number(rows[0]?.autocommit) === 1
  }

  return async (text, parameters) => {
    const query = CompiledQuery.raw(withLiterals(text, parameters))
    try {
      isCommitting ??= await asked()
      if (isCommitting) return await db.executeQuery(query)
      return await db.transaction().execute((transaction) => transaction.executeQuery(query))
    } catch (error) {
      isCommitting = undefined
      throw advised(error)
    }
  }
}

/** Tells the languages apart by how they mark names and parameters, which holds for dialects of any origin. */
function dialectOf(db: Database): SqlDialect {
  const { sql } = db.selectFrom("t").select("id").where("id", "=", "").compile()
  if (sql.endsWith("$1")) return "postgres"
  if (sql.includes("`t`")) return "mysql"
  if (sql.includes('"t"') && sql.endsWith("?")) return "sqlite"
  throw new TypeError(
    `sqlStore(database) takes a dialect that speaks as PostgreSQL, MySQL or SQLite do; this one says: ${sql}`,
  )
}
