import { writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { ensure } from "./programs.ts"
import { type Server, startServer } from "./server.ts"

/** Several servers that work as one. */
export interface ServerGroup {
  readonly servers: readonly Server[]
  close(): Promise<void>
}

/** How a Redis server runs. */
export interface RedisServerOptions {
  /** Further arguments of the command line. */
  readonly args?: readonly string[]
  /** Text of a configuration file that the server may rewrite. */
  readonly config?: (port: number) => string
  readonly isSentinel?: boolean
  /** Puts files into the empty directory, before the first start. */
  readonly prepare?: (directory: string) => Promise<void>
}

/** Starts a Redis server (or Valkey, where that is what there is) that keeps its data across a restart. */
export async function startRedis({
  args = [],
  config,
  isSentinel,
  prepare,
}: RedisServerOptions = {}): Promise<Server> {
  const command = ensure("redis")
  if (!command) throw new Error("Redis is not installed")
  return startServer({
    name: isSentinel ? "sentinel" : "redis",
    command,
    async prepare(directory, port) {
      await writeFile(`${directory}/redis.conf`, config?.(port) ?? "")
      await prepare?.(directory)
    },
    args: (port, directory) => [
      `${directory}/redis.conf`,
      ...["--port", `${port}`, "--bind", "127.0.0.1", "--dir", directory],
      ...(isSentinel ? ["--sentinel"] : ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]),
      ...args,
    ],
    isReady: async (port) => (await ask(port, "PING")).startsWith("+PONG"),
    url: (port) => `redis://127.0.0.1:${port}`,
  })
}

/** Starts a server that has all slots of a Cluster by itself, and refuses scripts with keys of two. */
export async function startRedisWithSlots(args: readonly string[] = []): Promise<Server> {
  const server = await startRedis({
    args: ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", ...args],
  })
  await ask(server.port, "CLUSTER ADDSLOTSRANGE 0 16383")
  await until("the cluster to be whole", async () =>
    (await ask(server.port, "CLUSTER INFO")).includes("cluster_state:ok"),
  )
  return server
}

/** Starts a Cluster of three primaries, each with a replica. The primaries come first. */
export async function startRedisCluster(): Promise<ServerGroup> {
  const args = [
    "--cluster-enabled",
    "yes",
    "--cluster-node-timeout",
    "1000",
    "--repl-diskless-sync-delay",
    "0",
  ]
  const servers = await Promise.all(Array.from({ length: 6 }, () => startRedis({ args })))
  const group = groupOf(servers)
  try {
    const ids = await Promise.all(
      servers.map(async ({ port }) => (await ask(port, "CLUSTER MYID")).split("\r\n")[1]),
    )
    for (const [n, [first, last]] of [
      [0, 5460],
      [5461, 10922],
      [10923, 16383],
    ].entries())
      await ask(servers[n]!.port, `CLUSTER ADDSLOTSRANGE ${first} ${last}`)
    for (const [n, { port }] of servers.entries()) {
      await ask(port, `CLUSTER SET-CONFIG-EPOCH ${n + 1}`)
      if (n > 0) await ask(port, `CLUSTER MEET 127.0.0.1 ${servers[0]!.port}`)
    }
    const all = (text: string, command: string) => async (): Promise<boolean> =>
      (await Promise.all(servers.map(({ port }) => ask(port, command)))).every((answer) =>
        answer.includes(text),
      )
    await until("the cluster to meet", all("cluster_known_nodes:6", "CLUSTER INFO"))
    for (const [n, { port }] of servers.slice(3).entries())
      await until("a replica to join", async () =>
        (await ask(port, `CLUSTER REPLICATE ${ids[n]}`)).startsWith("+OK"),
      )
    await until("the cluster to be whole", all("cluster_state:ok", "CLUSTER INFO"))
    await Promise.all(servers.slice(3).map(follows))
    for (const { port } of servers)
      await until("all to know the replicas", async () => {
        const nodes = await ask(port, "CLUSTER NODES")
        return (nodes.match(/ (?:myself,)?slave /g) ?? []).length === 3
      })
    return group
  } catch (error) {
    await group.close()
    throw error
  }
}

/** Starts a primary, its replica and three sentinels that watch them, in this order, under the name "main". */
export async function startRedisSentinel(): Promise<ServerGroup> {
  const primary = await startRedis()
  const replica = await startRedis({
    args: ["--replicaof", "127.0.0.1", `${primary.port}`, "--repl-diskless-sync-delay", "0"],
  })
  const config = (): string =>
    [
      `sentinel monitor main 127.0.0.1 ${primary.port} 2`,
      "sentinel down-after-milliseconds main 1000",
      "sentinel failover-timeout main 3000",
    ].join("\n")
  const sentinels = await Promise.all(
    Array.from({ length: 3 }, () => startRedis({ config, isSentinel: true })),
  )
  const group = groupOf([primary, replica, ...sentinels])
  try {
    for (const { port } of sentinels)
      await until("the sentinels to meet", async () => {
        const seen = (await ask(port, "SENTINEL MASTER main")).split("\r\n")
        const after = (name: string): string | undefined => seen[seen.indexOf(name) + 2]
        return (
          after("num-other-sentinels") === "2" && after("num-slaves") === "1" && after("flags") === "master"
        )
      })
    await follows(replica)
    return group
  } catch (error) {
    await group.close()
    throw error
  }
}

/** Freezes a replica and cuts it off, so that what its primary does from now on is lost with the primary. */
export async function strand(primary: Server, replica: Server): Promise<void> {
  replica.pause()
  // Without this it would find on waking what the kernel had kept for it.
  await ask(primary.port, "CLIENT KILL TYPE replica")
}

/** Makes a server that comes back the replica of the one that took over; Sentinel would, after a long while. */
export async function demote({ port }: Server, primary: Server): Promise<void> {
  await until("the server to obey", async () =>
    (await ask(port, `REPLICAOF 127.0.0.1 ${primary.port}`)).startsWith("+OK"),
  )
}

/** Makes a replica the primary, whatever its primary has not told it yet. */
export async function promote({ port }: Server): Promise<void> {
  await ask(port, "REPLICAOF NO ONE")
}

/** Lets a primary and its replica change their parts, once the replica has caught up: nothing is lost. */
export async function changeParts(primary: Server, replica: Server): Promise<void> {
  await until("the primary to hand over", async () =>
    (await ask(primary.port, `FAILOVER TO 127.0.0.1 ${replica.port} TIMEOUT 5000`)).startsWith("+OK"),
  )
  await becomesPrimary(replica)
}

/** Resolves once the server is a replica that has caught up with its primary. */
export function follows({ port }: Server): Promise<void> {
  return until("the replica to catch up", async () => {
    const state = await ask(port, "INFO replication")
    return state.includes("role:slave") && state.includes("master_link_status:up")
  })
}

/** Resolves once the server is a primary, be it by a failover. */
export function becomesPrimary({ port }: Server): Promise<void> {
  return until("the replica to take over", async () =>
    (await ask(port, "INFO replication")).includes("role:master"),
  )
}

/** The keys of a server that a pattern finds. */
export async function keysIn(port: number, pattern: string): Promise<string[]> {
  const lines = (await ask(port, `KEYS ${pattern}`)).split("\r\n")
  return lines.filter((line) => !/^(?:[*$]\d+|\+OK|)$/.test(line))
}

function groupOf(servers: readonly Server[]): ServerGroup {
  return {
    servers,
    close: async () => void (await Promise.all(servers.map((server) => server.close()))),
  }
}

/** Sends one inline command over a connection of its own, and gives the reply as it came. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1")
    let answer = ""
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer")))
    socket.once("error", reject)
    socket.on("data", (text) => (answer += text))
    socket.once("close", () => resolve(answer))
    socket.end(`${command}\r\nQUIT\r\n`)
  })
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > end) throw new Error(`waited 60 s for ${what}`)
    await sleep(50)
  }
}
