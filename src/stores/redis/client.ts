import { isThenable, kindOf, shown } from "../../core/shown.ts"

/** A client of the package `ioredis`: `Redis` or `Cluster`. */
export interface IoRedisClient {
  readonly isCluster: boolean
  call(command: string, ...args: string[]): Promise<unknown>
  pipeline(commands: unknown[][]): { exec(): Promise<[error: Error | null, reply: unknown][] | null> }
}

/** What the package `redis` makes: `createClient`, `createClientPool`, `createCluster` or `createSentinel`. */
export interface NodeRedisClient {
  sendCommand(...args: never[]): Promise<unknown>
  multi(...args: never[]): object
  get?(key: never): Promise<unknown>
  /** Whether a single client is connected; a Cluster's client says something else by it. */
  readonly isReady?: boolean
  /** The client's own cache, when it was told to keep one; `ttl` in milliseconds. */
  readonly clientSideCache?: object | undefined
}

/** A connected client of `redis` or `ioredis`, whatever it connects to. */
export type RedisClient = IoRedisClient | NodeRedisClient

/** A command and its arguments. */
export type Command = readonly [name: string, ...args: string[]]

/** The one thing asked of every client. */
export interface RedisLink {
  /** Whether two keys may lie on two servers. */
  readonly isCluster: boolean
  /** Whether calls that do not wait for each other are carried out in their order. */
  readonly keepsOrder: boolean
  /** Whether there is a cache in the client, which knows no time of expiry. */
  readonly isCached: boolean
  /** The string under `key`, or `null`, from the primary that holds it. */
  get(key: string): Promise<unknown>
  /** The same, or what the client's cache has of it. */
  getCached(key: string): Promise<unknown>
  /**
   * Runs the commands in order over one connection to the primary that holds `key`, in one round trip, and
   * gives their replies. Throws the first error among them.
   */
  send(key: string, commands: readonly Command[]): Promise<readonly unknown[]>
}

/** Recognises a client by its shape. Throws a `TypeError` when it has none that is known. */
export function linkTo(client: RedisClient): RedisLink {
  if (isIoRedis(client)) return ioRedis(client)
  if (!isFunction(client, "sendCommand") || !isFunction(client, "multi"))
    throw new TypeError(
      `The client must be one of the packages "redis" (4 or newer) or "ioredis"; it is ${kindOf(client)}${advice(client)}`,
    )
  // What a command must be told before its arguments. `false` keeps reads away from replicas, which lag.
  if (isFunction(client, "nodeClient"))
    return nodeRedis(client, (key) => [key, false], { isCluster: true, keepsOrder: false, isCached: false })
  if (isFunction(client, "getMasterNode"))
    return nodeRedis(client, () => [false], { isCluster: false, keepsOrder: false, isCached: false })
  const isCached = isCaching(client)
  // A pool, which can execute tasks, gives each call whichever connection is free; a cache answers before all others.
  const keepsOrder = !isFunction(client, "execute") && !isCached
  return nodeRedis(client, () => [], { isCluster: false, keepsOrder, isCached })
}

function advice(client: unknown): string {
  if (typeof client === "string") return ': write await storeFromUrl(url), from "holdfast/url"'
  if (isThenable(client)) return ": write await in front of it"
  return "client" in Object(client) ? ": write redisStore(client, { prefix })" : ""
}

function ioRedis(client: IoRedisClient): RedisLink {
  return {
    isCluster: client.isCluster,
    keepsOrder: !client.isCluster,
    isCached: false,
    get: (key) => client.call("GET", key),
    getCached: (key) => client.call("GET", key),
    async send(_key, commands) {
      const [only, ...others] = commands
      // Alone, because a pipeline of one costs more.
      if (only && others.length === 0) return [await client.call(...(only as [string, ...string[]]))]
      const answers = (await client.pipeline(commands.map((command) => ["call", ...command])).exec()) ?? []
      const failed = answers.find(([error]) => error)
      if (failed) throw failed[0]
      return answers.map(([, reply]) => reply)
    },
  }
}

/** The methods of `redis` that differ between its clients only in what comes before the arguments. */
interface NodeRedisMethods {
  get(key: string): Promise<unknown>
  sendCommand(...args: unknown[]): Promise<unknown>
  multi(): NodeRedisPipeline
}

interface NodeRedisPipeline {
  addCommand(...args: unknown[]): NodeRedisPipeline
  execAsPipeline(): Promise<unknown[]>
}

function nodeRedis(
  client: NodeRedisClient,
  routing: (key: string) => readonly unknown[],
  { isCluster, keepsOrder, isCached }: Pick<RedisLink, "isCluster" | "keepsOrder" | "isCached">,
): RedisLink {
  const { get, sendCommand, multi } = client as unknown as NodeRedisMethods
  let unanswered = 0

  function call(route: readonly unknown[], command: Command, chain?: symbol): Promise<unknown> {
    if (route.length > 0) return sendCommand.call(client, ...route, command)
    const options = client.isReady === true && unanswered < MANY ? AT_ONCE : IN_TIME
    const reply = sendCommand.call(client, command, chain ? { ...options, chainId: chain } : options)
    unanswered++
    return reply.then(answered, failed)
  }

  function answered(reply: unknown): unknown {
    unanswered--
    return reply
  }

  function failed(error: unknown): never {
    unanswered--
    throw error
  }

  return {
    isCluster,
    keepsOrder,
    isCached,
    get: (key) => call(routing(key), ["GET", key]),
    // The cache is asked by the client's own commands only, which cost more than this one.
    getCached: (key) => get.call(client, key),
    async send(key, commands) {
      const route = routing(key)
      // Alone, because only then does a cluster client follow the key to where it moved.
      if (commands.length === 1) return [await call(route, commands[0]!)]
      if (keepsOrder) {
        // What the client's own pipelines do, for less: when the connection breaks, nothing of the rest is sent over the next one.
        const chain = Symbol("holdfast")
        return Promise.all(commands.map((command) => call(route, command, chain)))
      }
      let pipeline = multi.call(client)
      for (const command of commands) pipeline = pipeline.addCommand(...route, command)
      return pipeline.execAsPipeline()
    },
  }
}

/**
 * The client's own time limit is for commands that wait to be sent. While there is a connection they leave at once, and a limit
 * costs an `AbortSignal` for each, with a timer that lives on for seconds.
 */
const AT_ONCE = { timeout: undefined, asap: false }
const IN_TIME = { asap: false }

/** With so many commands unanswered the server hangs or the connection is congested, and more may have to wait. */
const MANY = 1000

/**
 * Whether the client keeps a cache of its own. Throws a `TypeError` when nothing bounds it: the server says what
 * has changed, but a connection that has silently died says nothing any more.
 */
function isCaching({ clientSideCache }: NodeRedisClient): boolean {
  if (!clientSideCache) return false
  const { ttl } = clientSideCache as { ttl?: unknown }
  if (typeof ttl === "number" && ttl > 0) return true
  throw new TypeError(
    `The client's option "clientSideCache.ttl" must be a positive number of milliseconds, since it bounds how long an ended session can still work; it is ${shown(ttl)}`,
  )
}

function isIoRedis(client: RedisClient): client is IoRedisClient {
  return isFunction(client, "call") && isFunction(client, "pipeline")
}

function isFunction(client: unknown, name: string): boolean {
  return typeof (client as Record<string, unknown> | undefined)?.[name] === "function"
}
