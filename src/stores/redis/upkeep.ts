import type { Finding, Upkeep } from "../backend.ts"
import { clockFinding } from "../clock-finding.ts"

/** One server of a Redis deployment. */
export interface RedisNode {
  readonly name: string
  /** Sends one command. */
  ask(...command: string[]): Promise<unknown>
}

/** Redis or Valkey: one server or several, which remove what is dead by themselves. */
export function redisUpkeep(
  nodes: () => Promise<readonly RedisNode[]>,
  prefix = "holdfast:",
): Omit<Upkeep, "connected"> {
  return {
    countExpired: async () => 0,
    async clock() {
      const [node] = await nodes()
      return node && timeOf(node)
    },
    async deleteAll({ batchSize = 1000, signal, onProgress }) {
      const ours = prefix.replace(/[*?[\]\\^-]/g, "\\$&")
      let removed = 0
      // The index of users is of no use without the sessions, and not worth counting.
      for (const node of await nodes())
        for (const [kind, weight] of [
          ["session", 1],
          ["user", 0],
        ] as const) {
          let cursor = "0"
          do {
            const step = ["SCAN", cursor, "MATCH", `${ours}${kind}:*`, "COUNT", `${batchSize}`]
            const [next, keys] = (await node.ask(...step)) as [unknown, unknown[]]
            // One by one, since in a Cluster a command's keys must share a slot.
            const answers = await Promise.all(keys.map((key) => node.ask("UNLINK", String(key))))
            removed += answers.filter((answer) => Number(answer) > 0).length * weight
            onProgress?.(removed)
            cursor = String(next)
          } while (cursor !== "0" && !signal?.aborted)
        }
      return removed
    },
    async inspect() {
      const all = await nodes()
      const named = all.map(async (node) => {
        const findings = await nodeFindings(node)
        return all.length > 1
          ? findings.map((finding) => ({ ...finding, name: `${node.name} ${finding.name}` }))
          : findings
      })
      return (await Promise.all(named)).flat()
    },
  }
}

async function nodeFindings(node: RedisNode): Promise<Finding[]> {
  const facts = new Map<string, string>()
  for (const line of String(await node.ask("INFO")).split("\r\n")) {
    const [, name, value] = /^(\w+):(.*)$/.exec(line) ?? []
    if (name) facts.set(name, value ?? "")
  }
  const fact = (name: string): string => facts.get(name) ?? "unknown"
  const clock = await clockFinding(() => timeOf(node))
  const version = facts.get("valkey_version") ?? fact("redis_version")
  return [
    {
      name: "server",
      value: `${facts.has("valkey_version") ? "Valkey" : "Redis"} ${version}, ${fact("role")}`,
      ...(fact("role") === "slave" && { problem: REPLICA, isUnwritable: true as const }),
    },
    clock,
    memory(fact),
    await persistence(node, fact),
  ]
}

async function timeOf(node: RedisNode): Promise<number> {
  const [seconds, micros] = (await node.ask("TIME")) as [unknown, unknown]
  return Number(seconds) * 1000 + Number(micros) / 1000
}

/** Whether the server may throw living sessions away. */
function memory(fact: (name: string) => string): Finding {
  const policy = fact("maxmemory_policy")
  const limit = Number(fact("maxmemory"))
  const evicted = Number(fact("evicted_keys"))
  const value = `${fact("used_memory_human")} of ${limit > 0 ? fact("maxmemory_human") : "all there is"}, maxmemory-policy ${policy}`
  if (evicted > 0 || (limit > 0 && policy !== "noeviction"))
    return {
      name: "memory",
      value,
      problem: `${evicted > 0 ? `It has thrown ${evicted} keys away` : "When it is full it throws keys away"}, and their users are signed out. Set maxmemory-policy noeviction, and give sessions a server of their own`,
    }
  return { name: "memory", value }
}

const REPLICA = "This is a replica, which takes no writes and may be behind. Give the URL of its primary"

/** Whether sessions outlive the server's process. */
async function persistence(node: RedisNode, fact: (name: string) => string): Promise<Finding> {
  const name = "persistence"
  if (fact("rdb_last_bgsave_status") === "err" || fact("aof_last_write_status") === "err")
    return {
      name,
      value: "fails",
      problem:
        "It can't write to its disk, and soon refuses to change anything. Look at the disk and its log",
    }
  if (fact("aof_enabled") === "1") return { name, value: "append-only file" }
  // Hosted servers don't tell their configuration.
  const snapshots = await node.ask("CONFIG", "GET", "save").then(schedule, () => "unknown")
  if (snapshots === "unknown") return { name, value: "no append-only file; snapshots unknown" }
  if (snapshots === "")
    return {
      name,
      value: "none",
      problem: "Its restart signs everybody out. Set appendonly yes, unless you can live with that",
    }
  return {
    name,
    value: "snapshots only",
    problem:
      "Its crash forgets the last minutes: logins are lost, and sessions that were ended come back. Set appendonly yes",
  }
}

/** The answer to CONFIG GET save, which is a list or an object by protocol. */
function schedule(answer: unknown): string {
  return String(Array.isArray(answer) ? (answer[1] ?? "") : ((answer as { save?: unknown }).save ?? ""))
}
