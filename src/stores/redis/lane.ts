import { type Connection, connectionOf } from "./connection.ts"
import { type Command, explained, type Patience } from "./link.ts"

/** A client of one connection, of the package `redis`: by itself, or one of a pool, a Cluster or Sentinel. */
export interface LaneClient {
  sendCommand(command: Command, options?: object): Promise<unknown>
  on?(event: "ready", listener: () => void): unknown
  readonly isReady?: boolean
  readonly isOpen?: boolean
}

/** What goes over one connection of `redis`, in order. Nothing waits for the connection longer than anybody waits for its answer. */
export interface Lane {
  call(command: Command): Promise<unknown>
  /** Sends the commands together; gives their replies, or throws the first error among them. */
  together(commands: readonly Command[]): Promise<readonly unknown[]>
}

/** `isOfSentinel`: which server the client leads to is looked after already. */
export function laneOf(client: LaneClient, patience: Patience, isOfSentinel = false): Lane {
  const connection = connectionOf({
    // One that is closed refuses at once.
    isReady: () => client.isReady !== false || client.isOpen === false,
    onReady: (listener) => client.on?.("ready", listener),
    // The server ends the connection after its answer, and the client opens the next one.
    hangUp: () => isOfSentinel || client.sendCommand(["QUIT"]).catch(() => {}),
  })
  const { answered, failed, isCrowded, sent } = traffic(connection)

  function send(command: Command, chainId?: symbol): Promise<unknown> {
    const options = isCrowded() ? { asap: false, timeout: patience.current() } : AT_ONCE
    const reply = client.sendCommand(command, chainId ? { ...options, chainId } : options)
    sent()
    return reply.then(answered, failed)
  }

  return {
    call: (command) =>
      connection.isReady() ? send(command) : connection.ready(patience.current()).then(() => send(command)),

    async together(commands) {
      if (!connection.isReady()) await connection.ready(patience.current())
      // What the client's own pipelines do, for less: when the connection breaks, nothing of the rest is sent over the next one.
      const chainId = Symbol("holdfast")
      return Promise.all(commands.map((command) => send(command, chainId)))
    },
  }
}

/** Counts the commands that are under way, and looks at the errors of their replies. */
function traffic(connection: Connection): {
  sent(): void
  answered(reply: unknown): unknown
  failed(error: unknown): never
  isCrowded(): boolean
} {
  let unanswered = 0
  return {
    sent() {
      unanswered++
    },
    answered(reply) {
      unanswered--
      return reply
    },
    failed(error) {
      unanswered--
      connection.heed(error)
      throw explained(error)
    },
    // With so many commands unanswered the server hangs or the connection is congested, and more may have to wait.
    isCrowded: () => unanswered >= 1000,
  }
}

/**
 * The client's own time limit is for commands that wait to be sent. While there is a connection they leave at once, and a limit
 * costs an `AbortSignal` for each, with a timer that lives on for seconds.
 */
const AT_ONCE = { timeout: undefined, asap: false }
