import type { Gate, Gated } from "./gate-type.ts"

/**
 * Keeps the connection open for a response that was ended and still waits: what closes it then, such as Express when a
 * handler throws after it has answered, would find the answer sent without us. Gives a function that ends this,
 * which gives one that closes the connection, if somebody wanted that, once all is sent.
 */
export function holdConnection(res: Gated, gate: Gate): () => () => void {
  const { stream } = res as { stream?: Connection }
  const connection = stream ?? (res.socket as Connection | null)
  if (!connection) return () => () => {}
  const held = stream ? [stream, res as unknown as Connection] : [connection]
  for (const one of held) {
    if (!(WAITING in one)) watchOver(one)
    one[WAITING] = gate
  }
  return () => {
    for (const one of held) one[WAITING] = undefined
    const { closing } = gate
    if (!closing) return () => {}
    // So says whoever wanted to close it after the end.
    if (!stream && !connection.destroyed) res.destroyed = false
    return () => {
      if (res.writableFinished || !connection.writable) closing()
      else (stream ?? res).once("finish", closing)
    }
  }
}

/** A connection, or a stream of one, and the gate of the response that waits on it. */
interface Connection {
  [WAITING]: Gate | undefined
  readonly destroyed: boolean
  readonly writable: boolean
  destroy(error?: Error): unknown
  end(...args: unknown[]): unknown
  once(event: string, listener: () => void): unknown
}

const WAITING = Symbol("holdfast.waiting")

/** Once for each connection, which lives on: what is put on it for each response anew outlives many collections of garbage. */
function watchOver(connection: Connection): void {
  const { destroy, end } = connection
  connection.destroy = function (this: Connection, error?: Error) {
    const gate = this[WAITING]
    if (!gate?.standIn?.hasEnded) return destroy.call(this, error)
    gate.closing = () => void destroy.call(this, error)
    return this
  }
  if ("writeHead" in connection) return // the response's own end is the gate's
  connection.end = function (this: Connection, ...args: unknown[]) {
    const gate = this[WAITING]
    if (!gate?.standIn?.hasEnded || args.length > 0) return end.apply(this, args)
    gate.closing ??= () => void end.call(this)
    return this
  }
}
