import type { Finding } from "../backend.ts"
import { clockFinding } from "../clock-finding.ts"
import { timeOf } from "./clock.ts"
import type { SqlConnection } from "./connection.ts"
import { quoted } from "./creation.ts"
import { layoutOf } from "./migrate.ts"
import { type PostgresTable, serverFindings, tableFindings } from "./postgres-findings.ts"
import { remark } from "./remark.ts"
import { tableFinding } from "./table-finding.ts"
import { questionsOf, sessionsFinding } from "./upkeep.ts"

/** What doctor wants to know of a PostgreSQL server and the table in it. */
export async function inspectPostgres(connection: SqlConnection, table: string): Promise<readonly Finding[]> {
  const named = quoted("postgres", table)
  const one = async <R>(text: string): Promise<R> => (await connection.rows<R>(text, [], "upkeep"))[0]!
  const clock = clockFinding(async () => (await timeOf(connection))!)
  const server = [...serverFindings(await one(SERVER)), await clock.catch(remark("clock"))]
  // What tells a table's layout is not there in older servers.
  if (server.some(({ name, problem }) => name === "server" && problem)) return server
  const layout = await layoutOf(connection, table)
  const found = tableFinding(layout, table)
  if (layout?.kind !== "table") return [...server, found]
  const facts = await one<PostgresTable>(tableFacts(named))
  const sessions = sessionsFinding(questionsOf(connection), named).catch(remark("sessions"))
  return [...server, found, ...tableFindings(facts, named), await sessions]
}

const SERVER = `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
  pg_is_in_recovery() AS is_replica, current_setting('transaction_read_only') = 'on' AS is_read_only,
  current_setting('fsync') = 'on' AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
  current_setting('server_encoding') AS encoding, current_setting('autovacuum') = 'on' AS autovacuum,
  (SELECT setting::float FROM pg_settings WHERE name = 'statement_timeout') AS statement_timeout,
  (SELECT setting::float FROM pg_settings WHERE name = 'lock_timeout') AS lock_timeout,
  (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most_connections`

/** Of a partitioned table the sum, or whatever any of its parts says. */
function tableFacts(named: string): string {
  return `SELECT bool_or(c.relpersistence = 'u') AS is_unlogged,
  bool_or(coalesce('autovacuum_enabled=false' = ANY (c.reloptions), false)) AS is_vacuumless,
  coalesce(sum(s.n_live_tup), 0)::float AS live, coalesce(sum(s.n_dead_tup), 0)::float AS dead,
  bool_or(row_security_active(c.oid)) AS is_hidden,
  array_to_string(ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
    WHERE NOT has_table_privilege('${named}', p)), ', ') AS missing_rights, current_user::text AS role
FROM pg_class c LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.oid = to_regclass('${named}') OR c.oid IN (SELECT relid FROM pg_partition_tree(to_regclass('${named}')))`
}
