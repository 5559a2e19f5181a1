import type { Finding, Upkeep } from "../backend.ts"
import type { SqlConnection } from "./connection.ts"
import { quoted } from "./creation.ts"
import type { SqlDialect } from "./session-table.ts"

/** Runs a SQL statement that has no parameters; gives the rows read and the number of rows written. */
export type SqlQuestion = (
  text: string,
) => Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly written: number }>

/** Such questions over a connection. */
export function questionsOf(connection: SqlConnection): SqlQuestion {
  return async (text) =>
    text.startsWith("SELECT")
      ? { rows: await connection.rows<Record<string, unknown>>(text, [], "upkeep"), written: 0 }
      : { rows: [], written: await connection.write(text, [], "upkeep") }
}

/** A table of sessions in a SQL database. `clock` tells the server's time, where it has one of its own. */
export function sqlUpkeep(
  kind: SqlDialect,
  ask: SqlQuestion,
  table = "holdfast_sessions",
  clock: Upkeep["clock"] = async () => undefined,
): Omit<Upkeep, "connected"> {
  const named = quoted(kind, table)

  async function tableFindings(): Promise<Finding[]> {
    try {
      await ask(`SELECT id, user_id, payload, expires_at, version FROM ${named} WHERE 1 = 0`)
    } catch (error) {
      const problem = `The table is missing, is another one, or may not be read (${(error as Error).message}). Run: holdfast migrate`
      return [{ name: "table", value: table, problem, isUnwritable: true }]
    }
    return [{ name: "table", value: table }, await sessionsFinding(ask, named)]
  }

  return {
    countExpired: async () => count(ask, named, "<=", await clock()),
    clock,
    async deleteAll({ batchSize = 1000, signal, onProgress }) {
      const some =
        kind === "mysql" ? `LIMIT ${batchSize}` : `WHERE id IN (SELECT id FROM ${named} LIMIT ${batchSize})`
      let removed = 0
      while (!signal?.aborted) {
        const { written } = await ask(`DELETE FROM ${named} ${some}`)
        removed += written
        onProgress?.(removed)
        if (written < batchSize) break
        await new Promise((resolve) => setTimeout(resolve, 1)) // lets waiting readers and writers in
      }
      return removed
    },
    inspect: tableFindings,
  }
}

/** How many sessions there are, and whether the dead ones pile up. */
export async function sessionsFinding(ask: SqlQuestion, named: string): Promise<Finding> {
  const [live, expired] = [await count(ask, named, ">"), await count(ask, named, "<=")]
  const value = `${live.toLocaleString("en")} live, ${expired.toLocaleString("en")} dead`
  const isPiling = expired > MANY && expired > live
  const problem = "More records are dead than alive. Run holdfast clear-expired every hour or every day"
  return { name: "sessions", value, ...(isPiling && { problem }) }
}

async function count(
  ask: SqlQuestion,
  named: string,
  compared: ">" | "<=",
  now = Date.now(),
): Promise<number> {
  const { rows } = await ask(
    `SELECT count(*) AS counted FROM ${named} WHERE expires_at ${compared} ${Math.floor(now)}`,
  )
  return Number(rows[0]?.counted)
}

/** From how many dead records on they are worth a word. */
const MANY = 10_000
