import { type Fleet, newFleet } from "./connection.ts"
import { type Lane, type LaneClient, laneOf } from "./lane.ts"
import { type Command, newPatience, notSent, type Patience, type RedisLink } from "./link.ts"
import { slotOf } from "./slot.ts"

/** What the package `redis` makes: `createClient`, `createClientPool`, `createCluster` or `createSentinel`. */
export interface NodeRedisClient {
  sendCommand(...args: never[]): Promise<unknown>
  multi(...args: never[]): object
  get?(key: never): Promise<unknown>
  on?(event: "ready", listener: () => void): unknown
  /** Whether a single client is connected; a Cluster's client says something else by it. */
  readonly isReady?: boolean
  /** Whether it is connected or tries to be. */
  readonly isOpen?: boolean
  /** The client's own cache, when it was told to keep one; `ttl` in milliseconds. */
  readonly clientSideCache?: object | undefined
}

/** One server. */
export function serverLink(client: NodeRedisClient, isCached: boolean): RedisLink {
  const patience = newPatience()
  const { call, together } = laneOf(client as unknown as LaneClient, patience, newFleet())
  return {
    isCluster: false,
    // A cache answers before all others.
    keepsOrder: !isCached,
    isCached,
    get: (key) => call(["GET", key]),
    getCached: cachedGet(client),
    send: async (_key, commands) => (commands.length === 1 ? [await call(commands[0]!)] : together(commands)),
    limit: patience.limit,
  }
}

/** A pool of connections to one server, which gives each call whichever is free. */
export function poolLink(client: NodeRedisClient, isCached: boolean): RedisLink {
  const pool = client as unknown as Pool
  const patience = newPatience()
  const laneIn = lanes(patience, newFleet())
  const send = (commands: readonly Command[]): Promise<readonly unknown[]> => {
    const check = deadline(patience)
    return pool.execute((one) => {
      check()
      return laneIn(one).together(commands)
    })
  }
  return {
    ...severalLink(send, patience),
    isCached,
    getCached: cachedGet(client),
  }
}

/** The primary that Sentinel points to. The client asks a new one again what it had asked the one before. */
export function sentinelLink(client: NodeRedisClient): RedisLink {
  const sentinel = client as unknown as Sentinel
  const patience = newPatience()
  const laneIn = lanes(patience)
  const send = (commands: readonly Command[]): Promise<readonly unknown[]> => {
    const check = deadline(patience)
    // `false` keeps reads away from replicas, which lag.
    return sentinel._execute(false, (one) => {
      check()
      return laneIn(one).together(commands)
    })
  }
  return severalLink(send, patience)
}

/** Several connections to one server, of which each call takes one. */
function severalLink(
  send: (commands: readonly Command[]) => Promise<readonly unknown[]>,
  patience: Patience,
): RedisLink {
  const get = async (key: string): Promise<unknown> => (await send([["GET", key]]))[0]
  return {
    isCluster: false,
    keepsOrder: false,
    isCached: false,
    get,
    getCached: get,
    send: (_key, commands) => send(commands),
    limit: patience.limit,
  }
}

/** A Cluster. */
export function clusterLink(client: NodeRedisClient): RedisLink {
  const cluster = client as unknown as Cluster
  const patience = newPatience()
  const laneIn = lanes(patience)
  // Alone, because only then does the client follow the key to where it moved. `false` keeps reads away from replicas, which lag.
  async function call(key: string, command: Command): Promise<unknown> {
    // Unlike the client's own limit it also holds while a server is being connected to.
    const abortSignal = AbortSignal.timeout(patience.current())
    try {
      return await cluster.sendCommand(key, false, command, { timeout: undefined, abortSignal })
    } catch (error) {
      throw /aborted/.test((error as Error).message) ? notSent(patience.current()) : error
    }
  }
  return {
    isCluster: true,
    keepsOrder: false,
    isCached: false,
    get: (key) => call(key, ["GET", key]),
    getCached: (key) => call(key, ["GET", key]),
    async send(key, commands) {
      if (commands.length === 1) return [await call(key, commands[0]!)]
      const check = deadline(patience)
      const { master } = cluster.slots[slotOf(key)] ?? {}
      if (!master) throw new Error("No server of the Cluster is known to hold this key")
      const one = await cluster.nodeClient(master)
      check()
      return laneIn(one).together(commands)
    },
    limit: patience.limit,
  }
}

interface Pool {
  execute<T>(task: (client: LaneClient) => Promise<T>): Promise<T>
}

interface Sentinel {
  /** What the client's own commands go through. */
  _execute<T>(isReadonly: boolean, task: (client: LaneClient) => Promise<T>): Promise<T>
}

interface Cluster {
  sendCommand(key: string, isReadonly: boolean, command: Command, options: object): Promise<unknown>
  readonly slots: readonly ({ readonly master?: object } | undefined)[]
  nodeClient(node: object): Promise<LaneClient>
}

/** The cache is asked by the client's own commands only, which cost more than others. */
function cachedGet(client: NodeRedisClient): (key: string) => Promise<unknown> {
  const { get } = client as unknown as { get(key: string): Promise<unknown> }
  return (key) => get.call(client, key)
}

/** The lane of each connection that a client of several gives out. */
function lanes(patience: Patience, fleet?: Fleet): (client: LaneClient) => Lane {
  const known = new WeakMap<LaneClient, Lane>()
  return (client) => {
    const lane = known.get(client) ?? laneOf(client, patience, fleet)
    known.set(client, lane)
    return lane
  }
}

/** A check that throws once nobody waits any more for what begins now. */
function deadline(patience: Patience): () => void {
  const end = performance.now() + patience.current()
  return () => {
    if (performance.now() > end) throw notSent(patience.current())
  }
}
