/** A command and its arguments. */
export type Command = readonly [name: string, ...args: string[]]

/** What is asked of a client, whichever it is and whatever it connects to. */
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
  /** Has no command sent that has waited longer than this for a connection, in milliseconds. The shortest of all counts. */
  limit(patience: number): void
}

/** For how long a command may wait for a connection: as long as anybody waits for its answer. */
export interface Patience {
  /** In milliseconds. */
  current(): number
  /** The shortest time that was told counts. @default 5000 */
  limit(milliseconds: number): void
}

export function newPatience(): Patience {
  let shortest: number | undefined
  return {
    current: () => shortest ?? 5000,
    limit(milliseconds) {
      shortest = Math.min(shortest ?? milliseconds, milliseconds)
    },
  }
}

/** Named as the platform names its own: it is not known that the call was carried out, and nobody need ask. */
export function notSent(patience: number): Error {
  const text = `no connection to Redis took the command within ${patience} ms`
  return Object.assign(new Error(text), { name: "TimeoutError" })
}

/** The error of a reply as a person needs it, where what it says is a mistake in the setting. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !/^(?:MOVED|ASK) /.test(error.message)) return error
  return new Error(
    'This server is a node of a Redis Cluster: write redis+cluster:// in its URL, or hand over a client of createCluster ("redis") or Cluster ("ioredis")',
    { cause: error },
  )
}
