import type { Finding } from "../backend.ts"

/** Variables of the server as it sees them from this connection, by their names in lower case. */
export type Settings = Readonly<Record<string, string | undefined>>

export function serverFindings(settings: Settings, status: Settings): readonly Finding[] {
  return [
    versionFinding(settings),
    roleFinding(settings),
    durabilityFinding(settings),
    charsetFinding(settings),
    packetFinding(settings),
    ...commitFinding(settings),
    { name: "sql_mode", value: settings.sql_mode || "none" },
    timeoutFinding(settings),
    connectionsFinding(settings, status),
  ]
}

function versionFinding({ version: said = "", version_comment = "" }: Settings): Finding {
  const isMariadb = /mariadb/i.test(`${said} ${version_comment}`)
  const version = said.replace(/^5\.5\.5-(?=1\d)/, "") // which MariaDB says for the sake of old replicas
  const [, major, minor] = /(\d+)\.(\d+)/.exec(version) ?? []
  const isOld = Number(major) * 100 + Number(minor) < (isMariadb ? 1002 : 507)
  const value = `${isMariadb ? "MariaDB" : "MySQL"} ${version.replace(/-MariaDB.*$/i, "")}`
  return { name: "server", value, ...(isOld && { problem: TOO_OLD }) }
}

/** A user with more rights than an application should have may write all the same, and then replicas differ. */
function roleFinding(settings: Settings): Finding {
  const said = [
    "read_only",
    "super_read_only",
    "innodb_read_only",
    "transaction_read_only",
    "tx_read_only",
  ].filter((name) => !/^(?:OFF|0|NO_LOCK)?$/i.test(settings[name] ?? ""))
  if (said.length === 0) return { name: "role", value: "takes writes" }
  return { name: "role", value: said.join(", "), problem: READ_ONLY, isUnwritable: true }
}

/** What can get lost is a choice, which is said and not blamed. */
function durabilityFinding({ innodb_flush_log_at_trx_commit: flush }: Settings): Finding {
  const crash = flush === "2" ? "A crash of the machine" : "A crash"
  const remark = `${crash} may undo the logins and logouts of the last second`
  const value = `innodb_flush_log_at_trx_commit = ${flush}`
  return { name: "durability", value, ...(flush !== "1" && { remark }) }
}

function charsetFinding(settings: Settings): Finding {
  const names = ["character_set_client", "character_set_connection", "character_set_results"]
  const others = [...new Set(names.map((name) => settings[name]))].filter((set) => set !== "utf8mb4")
  if (others.length === 0) return { name: "characters", value: "utf8mb4" }
  return { name: "characters", value: others.join(", "), problem: NOT_UTF8 }
}

function packetFinding({ max_allowed_packet: most }: Settings): Finding {
  const value = `max_allowed_packet = ${Number(most).toLocaleString("en")} bytes`
  return { name: "packets", value, ...(Number(most) < LEAST_PACKET && { problem: SMALL_PACKET }) }
}

function commitFinding({ autocommit }: Settings): readonly Finding[] {
  if (/^(?:ON|1)$/i.test(autocommit ?? "")) return []
  return [{ name: "autocommit", value: "off, so that the store sends a COMMIT after each statement" }]
}

function timeoutFinding(settings: Settings): Finding {
  // MariaDB has seconds, MySQL milliseconds and for reading alone.
  const limits = [1000 * Number(settings.max_statement_time ?? 0), Number(settings.max_execution_time ?? 0)]
  const limit = Math.max(...limits)
  const isShort = limit > 0 && limit < 1000
  return { name: "timeouts", value: limit > 0 ? `${limit} ms` : "none", ...(isShort && { problem: SHORT }) }
}

function connectionsFinding({ max_connections: most }: Settings, status: Settings): Finding {
  const open = Number(status.threads_connected)
  const isFull = open >= 0.9 * Number(most)
  return { name: "connections", value: `${open} of ${most}`, ...(isFull && { problem: FULL }) }
}

const TOO_OLD = "The store needs MySQL 5.7, MariaDB 10.2 or later. Upgrade the server"
const READ_ONLY =
  "This server is read-only, as replicas are, so that nobody can sign in or out. Give the store the primary's address, or let the server take writes"
const NOT_UTF8 =
  "Characters that this set lacks are replaced by question marks. Take the charset out of the URL, or set it to utf8mb4; see that init_connect does not change it"
const SHORT =
  "Statements are given up in less than a second, which clear-expired and migrate need at times. Raise max_statement_time (MariaDB) or max_execution_time (MySQL)"
const FULL =
  "The server takes hardly any more connections. Lower the pools' connectionLimit, or raise max_connections"
const SMALL_PACKET =
  "A session of 1 MiB, which maxBytes allows, does not fit into a packet. Set max_allowed_packet = 16M, or a lower maxBytes"
/** Room for a session of the default `maxBytes` and what surrounds it. */
const LEAST_PACKET = 2 ** 20 + 2 ** 16
