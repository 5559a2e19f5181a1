import type { Finding, Upkeep } from "../backend.ts"
import { clockFinding } from "../clock-finding.ts"
import { timeFrom } from "./clock.ts"
import { factsOf, type RedisNode } from "./facts.ts"
import { findingsOf, refused, type Way } from "./findings.ts"
import { beginningWith, keysOf } from "./layout.ts"

/** Redis or Valkey as operators have it: one server or several, which remove what is dead by themselves. */
export interface Deployment {
  readonly way: Way
  /** The servers that hold records. */
  readonly nodes: () => Promise<readonly RedisNode[]>
  /** What is to be said of what watches over them. */
  readonly watchers?: () => Promise<readonly Finding[]>
}

export function redisUpkeep({ way, nodes, watchers }: Deployment, prefix: string): Omit<Upkeep, "connected"> {
  return {
    countExpired: async () => 0,
    async clock() {
      const [node] = await nodes()
      return node && timeOf(node)
    },
    async deleteAll({ batchSize = 1000, signal, onProgress }) {
      const { session, user } = keysOf(prefix)
      let removed = 0
      // The index of users is of no use without the sessions, and not worth counting.
      for (const node of await nodes())
        for (const [beginning, weight] of [
          [session(""), 1],
          [user(""), 0],
        ] as const) {
          let cursor = "0"
          do {
            const step = ["SCAN", cursor, "MATCH", beginningWith(beginning), "COUNT", `${batchSize}`]
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
      const inspected = await Promise.all(all.map((node) => inspectNode(node, way, prefix)))
      const named = inspected.map((findings, place) =>
        all.length > 1
          ? findings.map((finding) => ({ ...finding, name: `${all[place]!.name} ${finding.name}` }))
          : findings,
      )
      return [...named.flat(), ...((await watchers?.()) ?? [])]
    },
  }
}

async function inspectNode(node: RedisNode, way: Way, prefix: string): Promise<readonly Finding[]> {
  const clock = clockFinding(() => timeOf(node)).catch(({ message }: Error) =>
    refused("clock", "TIME", "whether its clock is right", message),
  )
  return [...findingsOf(await factsOf(node, prefix), way, prefix), await clock]
}

async function timeOf(node: RedisNode): Promise<number> {
  return timeFrom(await node.ask("TIME"))
}
