import type { Finding } from "../backend.ts"

/** What a server says of itself. */
export interface PostgresServer {
  readonly version: string
  readonly number: number
  readonly is_replica: boolean
  readonly is_read_only: boolean
  readonly fsync: boolean
  readonly synchronous_commit: string
  readonly encoding: string
  readonly autovacuum: boolean
  /** In milliseconds; 0 for none. */
  readonly statement_timeout: number
  readonly lock_timeout: number
  readonly connections: number
  readonly most_connections: number
}

/** What it says of the table. */
export interface PostgresTable {
  readonly is_unlogged: boolean
  readonly is_vacuumless: boolean
  /** Rows, and versions of rows that nobody sees any more. */
  readonly live: number
  readonly dead: number
  readonly is_hidden: boolean
  readonly missing_rights: string
  readonly role: string
}

export function serverFindings(server: PostgresServer): readonly Finding[] {
  const { encoding, connections, most_connections: most } = server
  const isFull = connections >= 0.9 * most
  return [
    {
      name: "server",
      value: `PostgreSQL ${server.version}`,
      ...(server.number < OLDEST && { problem: TOO_OLD }),
    },
    roleFinding(server),
    durabilityFinding(server),
    { name: "encoding", value: encoding, ...(encoding !== "UTF8" && { problem: NOT_UTF8 }) },
    timeoutFinding(server),
    { name: "connections", value: `${connections} of ${most}`, ...(isFull && { problem: FULL }) },
    {
      name: "autovacuum",
      value: server.autovacuum ? "on" : "off",
      ...(!server.autovacuum && { problem: NO_VACUUM }),
    },
  ]
}

export function tableFindings(table: PostgresTable, named: string): readonly Finding[] {
  const { live, dead, is_unlogged, is_vacuumless, is_hidden, missing_rights, role } = table
  const rows = `${dead.toLocaleString("en")} old versions beside ${live.toLocaleString("en")} rows`
  const bloat = is_vacuumless
    ? `Autovacuum is off for the table, so that it only grows. Run: ALTER TABLE ${named} RESET (autovacuum_enabled)`
    : `Old versions of rows are not removed in time. Run: VACUUM ${named}, and ALTER TABLE ${named} SET (autovacuum_vacuum_scale_factor = 0.02); a transaction that stays open for hours also keeps them`
  const isBloated = is_vacuumless || (dead > MANY && dead > live)
  const unlogged = `A crash of the server empties an unlogged table, and a replica has none of it. Run: ALTER TABLE ${named} SET LOGGED`
  const hidden =
    "Row-level security hides rows of this table from this role. Turn it off for the table, or give the role BYPASSRLS"
  const missing = `The role can't keep sessions. Run: GRANT ${missing_rights} ON ${named} TO ${role}`
  return [
    { name: "rows", value: rows, ...(isBloated && { problem: bloat }) },
    ...(is_unlogged ? [{ name: "storage", value: "unlogged", problem: unlogged }] : []),
    ...(is_hidden ? [{ name: "security", value: "row-level security", problem: hidden }] : []),
    ...(missing_rights
      ? [{ name: "rights", value: `${role} has no ${missing_rights}`, problem: missing }]
      : []),
  ]
}

function roleFinding({ is_replica, is_read_only }: PostgresServer): Finding {
  if (is_replica) return { name: "role", value: "replica", problem: REPLICA, isUnwritable: true }
  if (is_read_only)
    return { name: "role", value: "primary, read-only", problem: READ_ONLY, isUnwritable: true }
  return { name: "role", value: "primary" }
}

/** What can get lost is a choice, which is said and not blamed. */
function durabilityFinding({ fsync, synchronous_commit: commit }: PostgresServer): Finding {
  const name = "durability"
  if (!fsync)
    return { name, value: "fsync = off", remark: "A crash of the machine may damage the whole database" }
  const value = `synchronous_commit = ${commit}`
  return { name, value, ...(commit === "off" && { remark: "A crash may undo the last logins and logouts" }) }
}

function timeoutFinding({ statement_timeout: statement, lock_timeout: lock }: PostgresServer): Finding {
  const said = [
    ...(statement > 0 ? [`statement_timeout = ${statement} ms`] : []),
    ...(lock > 0 ? [`lock_timeout = ${lock} ms`] : []),
  ]
  const isShort = [statement, lock].some((limit) => limit > 0 && limit < 1000)
  return { name: "timeouts", value: said.join(", ") || "none", ...(isShort && { problem: SHORT }) }
}

/** As `server_version_num` has it: what tells partitions is not there before. */
const OLDEST = 120_000
const TOO_OLD = "The store needs PostgreSQL 12 or later. Upgrade the server"
const REPLICA =
  "A replica takes no writes, and what it reads may be old. Give the store the primary's address"
const READ_ONLY =
  "Transactions of this role are read-only, so that nobody can sign in or out. Reset default_transaction_read_only for the role, the database or the server"
const NOT_UTF8 =
  "Characters that this encoding lacks can't be stored, or are not checked. Make a database with ENCODING 'UTF8' and TEMPLATE template0"
const SHORT =
  "Statements are given up in less than a second, which clear-expired and migrate need at times. Raise it: ALTER ROLE … SET statement_timeout = '10s'"
const FULL =
  "The server takes hardly any more connections. Lower the pools' max, put a pooler before it, or raise max_connections"
const NO_VACUUM =
  "Each write leaves an old version of its row behind, which nothing removes. Set autovacuum = on"
/** From how many old versions on they are worth a word. */
const MANY = 10_000
