import { setTimeout as sleep } from "node:timers/promises"
import { redisStore } from "./redis.ts"
import type { Connection, ErrorListener, RedisNode } from "./url-connection.ts"
import { loaded } from "./url-package.ts"
import type { UrlParts } from "./url-parts.ts"

/** A Redis server, a Cluster, or the one that Sentinel points to, through `redis`. */
export async function redisConnection(parts: UrlParts, onError: ErrorListener): Promise<Connection> {
  const redis = await loaded("redis@6", () => import("redis"))
  const { kind, address, user, password, hosts, isEncrypted, path, options } = parts
  // What waits for a server longer than anybody waits for it is not sent any more.
  const commandOptions = { timeout: TIMEOUT }
  const login = {
    ...(user && { username: user }),
    ...(password && { password }),
    socket: { connectTimeout: TIMEOUT, ...(isEncrypted && ({ tls: true } as const)) },
  }

  if (kind === "redis-cluster") {
    const rootNodes = hosts.map(({ host, port }) => ({ socket: { ...login.socket, host, port } }))
    const cluster = redis.createCluster({ rootNodes, defaults: login, commandOptions })
    const nodes = (): Promise<RedisNode[]> =>
      Promise.all(
        cluster.masters.map(async (master) => {
          const client = await cluster.nodeClient(master)
          return { name: master.address, ask: (...command) => client.sendCommand(command) }
        }),
      )
    return connection(kind, cluster, redisStore(cluster, options), nodes, onError)
  }

  if (kind === "redis-sentinel") {
    const sentinel = redis.createSentinel({
      name: path,
      sentinelRootNodes: [...hosts],
      nodeClientOptions: login,
      sentinelClientOptions: { socket: login.socket },
      commandOptions,
    })
    const node = { name: path, ask: (...command: string[]) => sentinel.sendCommand(false, command) }
    return connection(kind, sentinel, redisStore(sentinel, options), async () => [node], onError)
  }

  const client = redis.createClient({
    url: address,
    socket: { connectTimeout: TIMEOUT },
    commandOptions,
  })
  const node = { name: parts.label, ask: (...command: string[]) => client.sendCommand(command) }
  return {
    ...(await connection(kind, client, redisStore(client, options), async () => [node], onError)),
    client,
  }
}

/** What the three kinds of client have in common. */
interface RedisConnector {
  readonly isOpen: boolean
  readonly isReady: boolean
  connect(): Promise<unknown>
  close(): Promise<void>
  destroy(): unknown
  on(event: "error", listener: ErrorListener): unknown
}

async function connection(
  kind: Connection["kind"],
  client: RedisConnector,
  store: ReturnType<typeof redisStore>,
  nodes: () => Promise<readonly RedisNode[]>,
  onError: ErrorListener,
): Promise<Connection> {
  const closing = new AbortController()
  client.on("error", onError)

  /** A single client goes on trying by itself; the others give up at once when no server is there yet. */
  async function connect(): Promise<void> {
    for (let pause = 100; !closing.signal.aborted; pause = Math.min(pause * 2, 2000))
      try {
        await client.connect()
        return
      } catch (error) {
        onError(error as Error)
        await sleep(pause, undefined, { signal: closing.signal, ref: false }).catch(() => {})
      }
  }

  const connecting = connect()
  const failing = new Promise<never>((_, reject) => client.on("error", reject))
  const first = Promise.race([connecting, failing])
  // A cluster refuses commands until it has connected, so nobody gets it before it has tried.
  await first.catch(() => {})
  return {
    kind,
    store: {
      ...store,
      async close() {
        closing.abort()
        if (client.isReady) await client.close()
        else if (client.isOpen) await client.destroy()
      },
    },
    connected: () => first,
    nodes,
  }
}

/** In milliseconds, as long as a store's call may take. */
const TIMEOUT = 5000
