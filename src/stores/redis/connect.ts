import { setTimeout } from "node:timers"
import { setTimeout as sleep } from "node:timers/promises"
import type { Address, Backend, Link, Opening } from "../backend.ts"
import { refusalOf } from "./greeting.ts"
import { DEFAULT_PREFIX } from "./options.ts"
import { redisStore } from "./store.ts"
import { type Deployment, redisUpkeep } from "./upkeep.ts"

/** In milliseconds, as long as a store's call may take. */
export const TIMEOUT = 5000

/** What waits for a server longer than anybody waits for it is not sent any more. */
export const COMMAND_OPTIONS: { readonly timeout: number } = { timeout: TIMEOUT }

interface Login {
  readonly username?: string
  readonly password?: string
  readonly socket: { readonly connectTimeout: number; readonly tls?: true }
}

/** How to sign in to each server that the URL leads to. */
export function loginOf({ user, password, isEncrypted }: Address): Login {
  return {
    ...(user && { username: user }),
    ...(password && { password }),
    socket: { connectTimeout: TIMEOUT, ...(isEncrypted && ({ tls: true } as const)) },
  }
}

/** What the clients of one server, of a Cluster and of Sentinel have in common. */
export interface RedisConnector {
  readonly isOpen: boolean
  readonly isReady: boolean
  connect(): Promise<unknown>
  close(): Promise<void>
  destroy(): unknown
  on(event: "error", listener: (error: Error) => void): unknown
}

/** Connects the client; resolves after its first attempt, whether a server was there or not. */
export async function connected(
  client: RedisConnector,
  address: Address,
  { onError }: Opening,
): Promise<Connection> {
  const closing = new AbortController()
  client.on("error", onError)

  /** A single client goes on trying by itself; the others give up at once when no server is there yet. */
  async function connect(): Promise<void> {
    for (let pause = 100; !closing.signal.aborted; pause = Math.min(pause * 2, 2000))
      try {
        await client.connect()
        return
      } catch (error) {
        onError(error as Error)
        await sleep(pause, undefined, { signal: closing.signal, ref: false }).catch(() => {})
      }
  }

  const connecting = connect()
  const failing = new Promise<never>((_, reject) => {
    client.on("error", reject)
    // A server may take the connection and say nothing.
    const silence = new Error(`it gave no answer within ${TIMEOUT / 1000} s`)
    setTimeout(() => reject(silence), TIMEOUT + 500).unref()
  })
  const first = Promise.race([connecting, failing])
  // A cluster refuses commands until it has connected, so nobody gets it before it has tried.
  await first.catch(() => {})
  return {
    connected: () =>
      first.catch(async (error: Error) => {
        throw await refusalOf(error, address)
      }),
    async close() {
      closing.abort()
      if (client.isReady) await client.close()
      else if (client.isOpen) await client.destroy()
    },
  }
}

/** `connected` gives the outcome of the first attempt. */
type Connection = Pick<Link<unknown>, "connected" | "close">

/** The backend over a client that was connected. */
export function redisBackend(
  client: Parameters<typeof redisStore>[0],
  { connected, close }: Connection,
  { options }: Address,
  deployment: Deployment,
): Backend {
  return {
    store: { ...redisStore(client, options), migrate: async () => {}, close },
    upkeep: { connected, ...redisUpkeep(deployment, options.prefix ?? DEFAULT_PREFIX) },
  }
}
