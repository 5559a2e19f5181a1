import type { Finding, Upkeep } from "../backend.ts"
import { clockFinding } from "../clock-finding.ts"
import type { SqlDialect } from "./schema.ts"

/** Runs a SQL statement that has no parameters; gives the rows read and the number of rows written. */
export type SqlQuestion = (
  text: string,
) => Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly written: number }>

/** A table of sessions in a SQL database. */
export function sqlUpkeep(
  kind: SqlDialect,
  ask: SqlQuestion,
  table = "holdfast_sessions",
): Omit<Upkeep, "connected"> {
  const mark = kind === "mysql" ? "`" : '"'
  const named = table
    .split(".")
    .map((part) => mark + part.replaceAll(mark, mark + mark) + mark)
    .join(".")

  async function number(text: string): Promise<number> {
    const { rows } = await ask(text)
    return Number(Object.values(rows[0] ?? {})[0])
  }

  const countExpired = (): Promise<number> =>
    number(`SELECT count(*) FROM ${named} WHERE expires_at <= ${Date.now()}`)

  async function tableFindings(): Promise<Finding[]> {
    try {
      await ask(`SELECT id, user_id, payload, expires_at, version FROM ${named} WHERE 1 = 0`)
    } catch (error) {
      const problem = `The table is missing, is another one, or may not be read (${(error as Error).message}). Run: holdfast migrate`
      return [{ name: "table", value: table, problem }]
    }
    const live = await number(`SELECT count(*) FROM ${named} WHERE expires_at > ${Date.now()}`)
    const expired = await countExpired()
    const value = `${live.toLocaleString("en")} live, ${expired.toLocaleString("en")} dead`
    const isPiling = expired > MANY && expired > live
    const problem = "More records are dead than alive. Run holdfast clear-expired every hour or every day"
    return [
      { name: "table", value: table },
      { name: "sessions", value, ...(isPiling && { problem }) },
    ]
  }

  return {
    countExpired,
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
    async inspect() {
      const clock = CLOCKS[kind]
      return [...(await tableFindings()), ...(clock ? [await clockFinding(() => number(clock))] : [])]
    },
  }
}

/** How to ask for the time, in epoch milliseconds; SQLite has this machine's. */
const CLOCKS: Partial<Record<SqlDialect, string>> = {
  postgres: "SELECT extract(epoch FROM clock_timestamp()) * 1000",
  mysql: "SELECT unix_timestamp(now(3)) * 1000",
}

/** From how many dead records on they are worth a word. */
const MANY = 10_000
