import { connectionOf, type Fleet, newFleet } from "./connection.ts"
import { type Command, explained, notSent, type Patience } from "./link.ts"
import { isTakenBack, TAKEN_BACK, underWay } from "./under-way.ts"

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

/** Without a `fleet` the client that it belongs to finds out by itself which server is the primary. */
export function laneOf(client: LaneClient, patience: Patience, fleet?: Fleet): Lane {
  const connection = connectionOf(
    client,
    {
      // One that is closed refuses at once.
      isReady: () => client.isReady !== false || client.isOpen === false,
      onReady: (listener) => client.on?.("ready", listener),
      // The server ends the connection after its answer, and the client opens the next one.
      hangUp: () => client.sendCommand(["QUIT"]).catch(() => {}),
    },
    fleet ?? newFleet(),
  )
  /** How many were answered: the first ones, since answers come in the order of the commands. */
  let answers = 0
  const sent = underWay<string[]>(
    patience,
    // The client holds on to the array until it writes it.
    (command) => command.splice(0, command.length, TAKEN_BACK),
    (commands, first) => (answers <= first ? commands : commands.slice(answers - first)),
  )

  function answered(reply: unknown): unknown {
    answers++
    return reply
  }

  function failed(error: unknown): never {
    answers++
    if (isTakenBack(error)) throw notSent(patience.current())
    if (!fleet) throw error
    connection.heed(error)
    throw explained(error)
  }

  function send(command: Command, chainId?: symbol): Promise<unknown> {
    sent.add(command as unknown as string[])
    return client.sendCommand(command, chainId ? { ...AT_ONCE, chainId } : AT_ONCE).then(answered, failed)
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

/**
 * The client's own time limit costs an `AbortSignal` for each command, with a timer that lives on for seconds, to hold until the command is
 * written, which nearly all are at once.
 */
const AT_ONCE = { timeout: undefined, asap: false }
