import { type ServerClock, serverClock } from "../server-clock.ts"
import type { SqlConnection } from "./connection.ts"
import type { SqlDialect } from "./session-table.ts"

/** Statements that give the server's time in epoch milliseconds as `now`; SQLite has this machine's. */
const QUESTIONS: Partial<Record<SqlDialect, string>> = {
  postgres: "SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now",
  // By UTC, since one hour of the year comes twice in most zones.
  mysql: "SELECT timestampdiff(MICROSECOND, '1970-01-01', utc_timestamp(3)) / 1000 AS now",
}

/** The server's time in epoch milliseconds; `undefined` where it is this machine's. */
export async function timeOf(connection: SqlConnection): Promise<number | undefined> {
  const question = QUESTIONS[connection.dialect]
  if (!question) return undefined
  const [row] = await connection.rows<{ now: unknown }>(question, [])
  return Number(row?.now)
}

/** The clock by which a table's deadlines count; absent where it is this machine's. */
export function sqlClock(connection: SqlConnection): ServerClock | undefined {
  return QUESTIONS[connection.dialect] === undefined ? undefined : serverClock(() => timeOf(connection))
}
