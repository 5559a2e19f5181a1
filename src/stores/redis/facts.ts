import { beginningWith, isKeyOf, keysOf } from "./layout.ts"

/** One server of a Redis deployment. */
export interface RedisNode {
  readonly name: string
  /** Sends one command. */
  ask(...command: string[]): Promise<unknown>
}

/** What a server tells of itself; what it refuses to tell is `undefined`. */
export interface Facts {
  /** The lines of INFO by their names; a text says why it does not tell. */
  readonly info: ReadonlyMap<string, string> | string
  /** When it saves snapshots; `""` for never. */
  readonly snapshots: string | undefined
  /** How many replicas must follow it, or it takes no writes. */
  readonly minReplicas: number | undefined
  /** The lines of CLUSTER INFO, of a node of a Cluster. */
  readonly cluster: ReadonlyMap<string, string> | undefined
  /** Why it runs no scripts. */
  readonly scriptRefusal: string | undefined
  readonly keys: KeySample | undefined
}

/** Some of the keys that begin with the store's prefix. */
export interface KeySample {
  /** How many of them are no keys of the store. */
  readonly foreign: number
  /** How many of the store's have no deadline. */
  readonly endless: number
}

export async function factsOf({ ask }: RedisNode, prefix: string): Promise<Facts> {
  const info = await ask("INFO").then(linesOf, ({ message }: Error) => message)
  const isInCluster = typeof info !== "string" && info.get("cluster_enabled") === "1"
  const [snapshots, minReplicas, cluster, scriptRefusal, keys] = await Promise.all([
    setting(ask, "save").catch(() => undefined),
    setting(ask, "min-replicas-to-write").then(Number, () => undefined),
    isInCluster ? ask("CLUSTER", "INFO").then(linesOf, () => undefined) : undefined,
    ask("EVAL", "return 1", "1", keysOf(prefix).session("none")).then(
      () => undefined,
      ({ message }: Error) => message,
    ),
    sampled(ask, prefix).catch(() => undefined),
  ])
  return { info, snapshots, minReplicas, cluster, scriptRefusal, keys }
}

function linesOf(answer: unknown): ReadonlyMap<string, string> {
  const lines = new Map<string, string>()
  for (const line of String(answer).split(/\r?\n/)) {
    const [, name, value] = /^(\w+):(.*)$/.exec(line) ?? []
    if (name) lines.set(name, value ?? "")
  }
  return lines
}

/** The answer to CONFIG GET is a list or an object by protocol. */
async function setting(ask: RedisNode["ask"], name: string): Promise<string> {
  const answer = await ask("CONFIG", "GET", name)
  return String(Array.isArray(answer) ? (answer[1] ?? "") : ((answer as Record<string, unknown>)[name] ?? ""))
}

/** Looks at a bounded number of keys, however many there are. */
async function sampled(ask: RedisNode["ask"], prefix: string): Promise<KeySample> {
  const all: string[] = []
  let cursor = "0"
  for (let step = 0; step < 20 && all.length < 2000; step++) {
    const answer = await ask("SCAN", cursor, "MATCH", beginningWith(prefix), "COUNT", "1000")
    const [next, keys] = answer as [unknown, unknown[]]
    all.push(...keys.map(String))
    cursor = String(next)
    if (cursor === "0") break
  }
  const ours = all.filter((key) => isKeyOf(keysOf(prefix), key))
  const left = await Promise.all(ours.map((key) => ask("PTTL", key)))
  const endless = left.filter((milliseconds) => Number(milliseconds) === -1).length
  return { foreign: all.length - ours.length, endless }
}
