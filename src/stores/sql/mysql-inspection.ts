import type { Finding } from "../backend.ts"
import { clockFinding } from "../clock-finding.ts"
import { timeOf } from "./clock.ts"
import type { SqlConnection } from "./connection.ts"
import { quoted } from "./creation.ts"
import { layoutOf } from "./migrate.ts"
import { type Settings, serverFindings } from "./mysql-findings.ts"
import { remark } from "./remark.ts"
import { tableFinding } from "./table-finding.ts"
import { questionsOf, sessionsFinding } from "./upkeep.ts"

/** What doctor wants to know of a MySQL or MariaDB server and the table in it. */
export async function inspectMysql(connection: SqlConnection, table: string): Promise<readonly Finding[]> {
  async function settings(text: string): Promise<Settings> {
    const rows = await connection.rows<{ Variable_name: string; Value: string }>(text, [], "upkeep")
    return Object.fromEntries(rows.map(({ Variable_name, Value }) => [Variable_name.toLowerCase(), Value]))
  }
  const server = serverFindings(await settings("SHOW VARIABLES"), await settings(CONNECTIONS))
  const clock = clockFinding(async () => (await timeOf(connection))!)
  const layout = await layoutOf(connection, table)
  const findings = [...server, await clock.catch(remark("clock")), tableFinding(layout, table)]
  if (layout?.kind !== "table") return findings
  const sessions = sessionsFinding(questionsOf(connection), quoted("mysql", table))
  return [...findings, await sessions.catch(remark("sessions"))]
}

const CONNECTIONS = "SHOW GLOBAL STATUS LIKE 'Threads_connected'"
