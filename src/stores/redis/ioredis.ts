import { connectionOf, newFleet } from "./connection.ts"
import { type Command, explained, newPatience, notSent, type RedisLink } from "./link.ts"
import { isTakenBack, TAKEN_BACK, underWay } from "./under-way.ts"

/** A client of the package `ioredis`: `Redis` or `Cluster`. */
export interface IoRedisClient {
  readonly isCluster: boolean
  /** `"ready"` while commands leave at once. */
  readonly status?: string
  call(command: string, ...args: string[]): Promise<unknown>
  pipeline(commands: unknown[][]): { exec(): Promise<[error: Error | null, reply: unknown][] | null> }
  connect?(): Promise<unknown>
  disconnect?(reconnect?: boolean): void
  on?(event: "ready", listener: () => void): unknown
  /** What its other methods send commands by. */
  sendCommand(...args: never[]): unknown
}

/** A client of `ioredis`, whatever it connects to. */
export function ioRedisLink(client: IoRedisClient): RedisLink {
  const patience = newPatience()
  const connection = connectionOf(
    client,
    {
      isReady: () => {
        const { status } = client
        // One that has ended refuses at once.
        return status === "ready" || status === "end" || status === undefined
      },
      onReady: (listener) => client.on?.("ready", listener),
      hangUp: () => client.disconnect?.(true),
    },
    newFleet(),
  )

  async function connected(): Promise<void> {
    if (connection.isReady()) return
    // With the option `lazyConnect` the first command would connect.
    if (client.status === "wait") client.connect?.().catch(() => {})
    await connection.ready(patience.current())
  }

  function failed(error: unknown): never {
    if (isTakenBack(error)) throw notSent(patience.current())
    // A Cluster's client finds out by itself which server is the primary.
    if (client.isCluster) throw error
    connection.heed(error)
    throw explained(error)
  }

  // When a connection breaks, the client sends what was under way over the next one.
  const sent = underWay<Sent>(
    patience,
    (command) => Object.assign(command, { name: TAKEN_BACK, args: [] }),
    (commands) => commands.filter(({ isResolved, isSettled }) => !isResolved && !isSettled),
  )
  const watched: IoRedisClient = Object.create(client, {
    sendCommand: {
      value(command: Sent, ...place: unknown[]) {
        sent.add(command)
        return client.sendCommand(...([command, ...place] as never[]))
      },
    },
  })

  function call(command: Command): Promise<unknown> {
    if (!connection.isReady()) return connected().then(() => call(command))
    return watched.call(...(command as [string, ...string[]])).catch(failed)
  }

  async function pipeline(commands: readonly Command[]): Promise<readonly unknown[]> {
    await connected()
    const answers = await watched.pipeline(commands.map((command) => ["call", ...command])).exec()
    const error = answers?.find(([failure]) => failure)?.[0]
    return error ? failed(error) : (answers ?? []).map(([, reply]) => reply)
  }

  return {
    isCluster: client.isCluster,
    keepsOrder: !client.isCluster,
    isCached: false,
    get: (key) => call(["GET", key]),
    getCached: (key) => call(["GET", key]),
    async send(_key, commands) {
      // Alone, because a pipeline of one costs more.
      return commands.length === 1 ? [await call(commands[0]!)] : pipeline(commands)
    },
    limit: patience.limit,
  }
}

/** A command as the client has it, and writes it. */
interface Sent {
  readonly name: string
  readonly args: readonly unknown[]
  readonly isResolved: boolean
  readonly isSettled?: boolean
}
