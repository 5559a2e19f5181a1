import { notSent } from "./link.ts"

/** How a client tells of its connection, which it opens again by itself whenever it breaks. */
export interface Reconnecting {
  /** Whether a command that is given to the client now leaves at once, or is refused at once. */
  isReady(): boolean
  /** Calls the listener each time a connection is there. */
  onReady(listener: () => void): void
  /** Ends the connection, as if it broke. */
  hangUp(): unknown
}

/** A client's connection, for calls that must not be left to its queue: it would send them however late that is. */
export interface Connection {
  isReady(): boolean
  /** Resolves once it is there; rejects when `patience` milliseconds have passed. */
  ready(patience: number): Promise<void>
  /**
   * Looks at the error of a reply. When it says that the server is no longer the primary, or not yet, the client is made to
   * connect again: behind the same host name there may be another server by now.
   */
  heed(error: unknown): void
}

export function connectionOf(client: Reconnecting): Connection {
  const waiting = new Set<() => void>()
  let hungUpAt = Number.NEGATIVE_INFINITY
  let isHungUp = false
  client.onReady(() => {
    isHungUp = false
    for (const proceed of waiting) proceed()
    waiting.clear()
  })

  /** Whether the connection was ended and is still to break. Some proxies don't let it. */
  function isLeaving(): boolean {
    isHungUp &&= performance.now() - hungUpAt < PAUSE
    return isHungUp
  }

  return {
    isReady: () => client.isReady() && !(isHungUp && isLeaving()),

    ready: (patience) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(proceed)
          reject(notSent(patience))
        }, patience)
        const proceed = (): void => {
          clearTimeout(timer)
          resolve()
        }
        waiting.add(proceed)
      }),

    heed(error) {
      if (!NOT_PRIMARY.test((error as Error | undefined)?.message ?? "")) return
      if (!client.isReady() || performance.now() - hungUpAt < PAUSE) return
      hungUpAt = performance.now()
      isHungUp = true
      client.hangUp()
    },
  }
}

/** How a server says that it can't take writes, or can't answer, because another one is the primary, or it has just become one. */
const NOT_PRIMARY = /\b(?:READONLY|MASTERDOWN|LOADING|NOREPLICAS|UNBLOCKED)\b/

/** How often a client is made to connect again at the most, in milliseconds. */
const PAUSE = 500
