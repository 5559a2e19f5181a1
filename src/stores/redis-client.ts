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
}

/** A connected client of `redis` or `ioredis`, whatever it connects to. */
export type RedisClient = IoRedisClient | NodeRedisClient

/** A command and its arguments. */
export type Command = readonly [name: string, ...args: string[]]

/** The one thing asked of every client. */
export interface RedisLink {
  /** Whether two keys may lie on two servers. */
  readonly isCluster: boolean
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
      `The client must be one of the packages "redis" (4 or newer) or "ioredis"; it is ${String(client)}`,
    )
  // What a command must be told before its arguments. `false` keeps reads away from replicas, which lag.
  if (isFunction(client, "nodeClient")) return nodeRedis(client, (key) => [key, false], true)
  if (isFunction(client, "getMasterNode")) return nodeRedis(client, () => [false], false)
  return nodeRedis(client, () => [], false)
}

function ioRedis(client: IoRedisClient): RedisLink {
  return {
    isCluster: client.isCluster,
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
  isCluster: boolean,
): RedisLink {
  const { sendCommand, multi } = client as unknown as NodeRedisMethods
  return {
    isCluster,
    async send(key, commands) {
      const route = routing(key)
      // Alone, because only then does a cluster client follow the key to where it moved.
      if (commands.length === 1) return [await sendCommand.call(client, ...route, commands[0])]
      let pipeline = multi.call(client)
      for (const command of commands) pipeline = pipeline.addCommand(...route, command)
      return pipeline.execAsPipeline()
    },
  }
}

function isIoRedis(client: RedisClient): client is IoRedisClient {
  return isFunction(client, "call") && isFunction(client, "pipeline")
}

function isFunction(client: unknown, name: string): boolean {
  return typeof (client as Record<string, unknown> | undefined)?.[name] === "function"
}
