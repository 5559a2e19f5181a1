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

/** Connections to one server: what one of them finds out holds for all. */
export interface Fleet {
  /** How often they had to be replaced. */
  readonly renewals: () => number
  /** Whether the connections that were replaced last should be gone by now. */
  readonly isOver: () => boolean
  /** Has them replaced, but not again and again: where it does not help, the pauses grow. */
  renew(): void
}

export function newFleet(): Fleet {
  let renewals = 0
  let renewedAt = Number.NEGATIVE_INFINITY
  let askedAt = Number.NEGATIVE_INFINITY
  let pause = 0
  return {
    renewals: () => renewals,
    isOver: () => performance.now() - renewedAt > SHORTEST_PAUSE,
    renew() {
      const now = performance.now()
      // The last time it helped, for a while.
      if (now - askedAt > QUIET) pause = 0
      askedAt = now
      if (now - renewedAt < pause) return
      pause = Math.min(Math.max(pause * 2, SHORTEST_PAUSE), LONGEST_PAUSE)
      renewedAt = now
      renewals++
    },
  }
}

/** One for each client, however many stores are made with it. `owner` is the client. */
export function connectionOf(owner: object, client: Reconnecting, fleet: Fleet): Connection {
  const connection = KNOWN.get(owner) ?? newConnection(client, fleet)
  KNOWN.set(owner, connection)
  return connection
}

const KNOWN = new WeakMap<object, Connection>()

function newConnection(client: Reconnecting, fleet: Fleet): Connection {
  const waiting = new Set<() => void>()
  /** The renewal that it came with, and the one for which it was ended. */
  let joined = fleet.renewals()
  let left = joined
  client.onReady(() => {
    joined = fleet.renewals()
    for (const proceed of waiting) proceed()
    waiting.clear()
  })

  /** Whether it is about to be replaced; ends it if that is still to do. */
  function isLeaving(): boolean {
    if (left !== fleet.renewals()) {
      left = fleet.renewals()
      client.hangUp()
    }
    // Some proxies don't let a connection end.
    if (fleet.isOver()) joined = left
    return joined !== left
  }

  return {
    isReady: () => client.isReady() && (joined === fleet.renewals() || !isLeaving()),

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
      if (!NOT_PRIMARY.test((error as Error | undefined)?.message ?? "") || joined !== fleet.renewals())
        return
      fleet.renew()
      isLeaving()
    },
  }
}

/** How a server says that it can't take writes, or can't answer, because another one is the primary, or it has just become one. */
const NOT_PRIMARY = /\b(?:READONLY|MASTERDOWN|LOADING|NOREPLICAS|UNBLOCKED)\b/

/** In milliseconds. */
const SHORTEST_PAUSE = 500
const LONGEST_PAUSE = 5000
const QUIET = 1000
