import type { Finding } from "../backend.ts"
import type { Facts } from "./facts.ts"
import { isMissingRight } from "./rights.ts"

/** How a server was found: by its address, or through a client that knows the Cluster or Sentinel. */
export type Way = "address" | "cluster" | "sentinel"

/** What the facts of a server mean for sessions. */
export function findingsOf(facts: Facts, way: Way, prefix: string): readonly Finding[] {
  const { info } = facts
  const ofServer =
    typeof info === "string"
      ? [refused("server", "INFO", "its memory, persistence and replicas", info)]
      : [server, role, cluster, memory, persistence, connections].map((look) =>
          look(readerOf(info), facts, way),
        )
  return [...ofServer, scripts(facts), keys(facts, prefix)].filter((finding) => finding !== undefined)
}

/** Reads the lines of INFO. */
interface Reader {
  text(name: string): string
  /** 0 where there is none. */
  count(name: string): number
  has(name: string): boolean
}

function readerOf(info: ReadonlyMap<string, string>): Reader {
  return {
    text: (name) => info.get(name) ?? "unknown",
    count: (name) => Number(info.get(name)) || 0,
    has: (name) => info.has(name),
  }
}

function server({ text, count, has }: Reader): Finding {
  const isValkey = has("valkey_version")
  const version = text(isValkey ? "valkey_version" : "redis_version")
  const value = `${isValkey ? "Valkey" : "Redis"} ${version}`
  if (!isValkey && Number.parseInt(version, 10) < 5)
    return problem("server", value, "Its version is too old. Use Redis 5 or newer, or Valkey")
  if (count("loading") === 1)
    return problem(
      "server",
      value,
      "It is loading its data and answers nothing until then. Wait, and ask again",
    )
  return fine("server", value)
}

function role({ text, count }: Reader, { minReplicas = 0 }: Facts): Finding {
  if (text("role") === "slave") {
    const value = `replica of ${text("master_host")}:${text("master_port")}`
    const what =
      "A replica takes no writes. Name its primary in the URL, or let Sentinel find it with redis+sentinel://"
    return { ...problem("role", value, what), isUnwritable: true }
  }
  const replicas = Array.from({ length: count("connected_slaves") }, (_, n) => text(`slave${n}`))
  const value = `primary of ${replicas.length} replica${replicas.length === 1 ? "" : "s"}`
  const late = replicas.find((replica) => !isOnTime(replica))
  if (replicas.filter(isOnTime).length < minReplicas)
    return problem(
      "role",
      value,
      `It takes no writes while fewer than ${minReplicas} replicas follow it. Start replicas, or lower min-replicas-to-write`,
    )
  if (late !== undefined)
    return problem(
      "role",
      value,
      `Its replica at ${part(late, "ip")}:${part(late, "port")} lags behind, and a failover to it loses what it lacks. Look at that server and the network`,
    )
  return fine("role", value)
}

/** Whether a line such as `ip=127.0.0.1,port=6380,state=online,offset=1,lag=0` is that of a replica that keeps up. */
function isOnTime(replica: string): boolean {
  return part(replica, "state") === "online" && Number(part(replica, "lag")) <= MOST_LAG
}

function part(replica: string, name: string): string {
  return new RegExp(`(?:^|,)${name}=([^,]*)`).exec(replica)?.[1] ?? ""
}

/** Of a replica, in seconds; they report once a second. */
const MOST_LAG = 5

/** Of a node of a Cluster. */
function cluster({ count }: Reader, { cluster: lines }: Facts, way: Way): Finding | undefined {
  if (count("cluster_enabled") === 0) return undefined
  if (way !== "cluster") {
    const what =
      "Through this URL only a part of the sessions is found. Write redis+cluster:// in it, and name several nodes"
    return { ...problem("cluster", "one node of it", what), isUnwritable: true }
  }
  if (!lines) return refused("cluster", "CLUSTER INFO", "whether all slots are served")
  const missing = SLOTS - Number(lines.get("cluster_slots_ok"))
  const state = lines.get("cluster_state") ?? "unknown"
  if (state !== "ok" || missing > 0)
    return problem(
      "cluster",
      `${state}, ${SLOTS - missing} of ${SLOTS} slots served`,
      "Sessions whose slots no server holds can't be read or written. Start the servers that are missing, or give their slots to others: redis-cli --cluster fix",
    )
  return fine("cluster", `ok, ${lines.get("cluster_known_nodes")} nodes`)
}

const SLOTS = 16_384

/** Whether there is room, and whether the server may throw living sessions away. */
function memory({ text, count }: Reader): Finding {
  const policy = text("maxmemory_policy")
  const limit = count("maxmemory")
  const used = count("used_memory")
  const value = `${text("used_memory_human")} of ${limit > 0 ? text("maxmemory_human") : "all there is"}, maxmemory-policy ${policy}`
  const evicted = count("evicted_keys")
  if (evicted > 0 || (limit > 0 && policy !== "noeviction"))
    return problem(
      "memory",
      value,
      `${evicted > 0 ? `It has thrown ${evicted} keys away` : "When it is full it throws keys away"}, and their users are signed out. Set maxmemory-policy noeviction, and give sessions a server of their own`,
    )
  if (limit > 0 && used >= limit)
    return problem(
      "memory",
      value,
      "It is full and takes no new sessions. Raise maxmemory, or remove what is not needed",
    )
  if (limit > 0 && used > NEARLY * limit)
    return problem("memory", value, "It is nearly full, and will take no new sessions then. Raise maxmemory")
  return fine("memory", value)
}

/** Whether sessions outlive the server's process. */
function persistence({ text, count }: Reader, { snapshots }: Facts): Finding {
  const name = "persistence"
  if (text("rdb_last_bgsave_status") === "err" || text("aof_last_write_status") === "err")
    return problem(
      name,
      "fails",
      "It can't write to its disk, and soon refuses to change anything. Look at the disk and its log",
    )
  if (count("aof_enabled") === 1) return fine(name, "append-only file")
  // Hosted servers don't tell their configuration.
  if (snapshots === undefined)
    return {
      ...refused(name, "CONFIG", "whether it saves snapshots"),
      value: "no append-only file; snapshots unknown",
    }
  if (snapshots === "")
    return problem(
      name,
      "none",
      "Its restart signs everybody out. Set appendonly yes, unless you can live with that",
    )
  return problem(
    name,
    "snapshots only",
    "Its crash forgets the last minutes: logins are lost, and sessions that were ended come back. Set appendonly yes",
  )
}

function connections({ count }: Reader): Finding | undefined {
  const limit = count("maxclients")
  if (limit === 0) return undefined
  const value = `${count("connected_clients")} of ${limit}`
  if (count("connected_clients") > NEARLY * limit)
    return problem(
      "connections",
      value,
      "Soon it refuses new connections. Raise maxclients, or make fewer connections",
    )
  return fine("connections", value)
}

/** Said only where they are refused; why a server answers nothing at all is said elsewhere. */
function scripts({ scriptRefusal = "" }: Facts): Finding | undefined {
  const isForbidden = isMissingRight(scriptRefusal)
  if (!isForbidden && !/unknown command|not (?:allowed|supported)|disabled/i.test(scriptRefusal))
    return undefined
  const remedy = isForbidden
    ? "Give the user the rights that the page on Redis lists, +eval and +evalsha among them"
    : "Connect to the server itself if a proxy is in between, or use one that passes scripts on"
  return problem(
    "scripts",
    "refused",
    `Sessions are written by scripts: ${withoutStop(scriptRefusal)}. ${remedy}`,
  )
}

/** Said only where there are keys that should not be there. */
function keys({ keys: sample }: Facts, prefix: string): Finding | undefined {
  if (!sample) return undefined
  const { foreign, endless } = sample
  if (endless > 0)
    return problem(
      "keys",
      `${endless} without a deadline`,
      "They never end, since something else has changed them. Find out what does, and remove them with UNLINK",
    )
  if (foreign > 0 && prefix !== "")
    return problem(
      "keys",
      `${foreign} of something else`,
      `They begin with ${prefix} as the keys of sessions do. Give the store a prefix of its own: ?prefix= in the URL`,
    )
  return undefined
}

/** The part of a limit from which on there is little room. */
const NEARLY = 0.9

function fine(name: string, value: string): Finding {
  return { name, value }
}

/** What can't be said where a command is refused: no problem, but worth knowing. */
export function refused(name: string, command: string, what: string, error = ""): Finding {
  const reason = error === "" ? "" : ` (${withoutStop(error)})`
  return { name, value: "not shown", remark: `${command} is refused${reason}: allow it to see ${what} here` }
}

function problem(name: string, value: string, text: string): Finding {
  return { name, value, problem: text }
}

function withoutStop(text: string): string {
  return text.trim().replace(/\.$/, "")
}
