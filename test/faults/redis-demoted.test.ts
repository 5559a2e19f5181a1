import { Redis } from "ioredis"
import { createClient, createClientPool } from "redis"
import { expect, it } from "vitest"
import { createSessions, type Store } from "../../src/index.ts"
import { type RedisStoreOptions, redisStore } from "../../src/stores/redis/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { startProxy } from "../services/proxy.ts"
import { changeParts, demote, follows, promote, startRedis } from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"
import { type Counted, suffer, TIMEOUT } from "./crowd.ts"

interface Opened {
  readonly store: Store
  /** For a moment some of its connections lead to the one server and some to the other, which lags behind. */
  readonly isPool?: true
  close(): unknown
}

const CLIENTS: Readonly<Record<string, (url: string, options?: RedisStoreOptions) => Promise<Opened>>> = {
  async storeFromUrl(url) {
    const store = await storeFromUrl(url)
    return { store, close: () => store.close() }
  },
  async "a client of redis"(url, options) {
    const client = createClient({ url })
    client.on("error", () => {})
    await client.connect()
    return { store: redisStore(client, options), close: () => client.destroy() }
  },
  async "a pool of redis"(url, options) {
    const client = createClientPool({ url }, { minimum: 4, maximum: 8 })
    client.on("error", () => {})
    await client.connect()
    return { store: redisStore(client, options), isPool: true, close: () => client.destroy() }
  },
  async "a client of ioredis"(url, options) {
    const client = new Redis(url)
    client.on("error", () => {})
    return { store: redisStore(client, options), close: () => client.disconnect() }
  },
  async "a client of ioredis with reconnectOnError"(url, options) {
    const client = new Redis(url, { reconnectOnError: ({ message }) => message.includes("READONLY") && 2 })
    client.on("error", () => {})
    return { store: redisStore(client, options), close: () => client.disconnect() }
  },
}

/** A primary and its replica. The name leads to the primary; connections that are open stay where they are. */
interface Pair {
  readonly url: string
  /** Lets the two change their parts, and the name follow. `isOrderly`: what the primary has acknowledged is not lost. */
  change(isOrderly: boolean): Promise<void>
}

async function behindOneName(body: (pair: Pair) => Promise<void>): Promise<void> {
  const servers = await Promise.all(
    Array.from({ length: 2 }, () => startRedis({ args: ["--repl-diskless-sync-delay", "0"] })),
  )
  let [primary, replica] = servers as [Server, Server]
  await demote(replica, primary)
  await follows(replica)
  const name = await startProxy(primary.port)
  try {
    await body({
      url: `redis://127.0.0.1:${name.port}`,
      async change(isOrderly) {
        await follows(replica)
        if (isOrderly) await changeParts(primary, replica)
        else {
          await promote(replica)
          await demote(primary, replica)
        }
        ;[primary, replica] = [replica, primary]
        name.leadTo(primary.port)
      },
    })
  } finally {
    await name.close()
    await Promise.all(servers.map((server) => server.close()))
  }
}

/** In milliseconds. On a busy machine it was 0.1 to 3 s, the servers' own change of parts included. */
const BOUND = 8000

/** Sessions are served again in time after each of three changes, and no acknowledged write is lost. */
async function outlast({ store, isPool, close }: Opened, change: () => Promise<void>): Promise<void> {
  try {
    const sessions = createSessions<Counted>({ store, timeout: TIMEOUT / 1000 })
    for (let times = 0; times < 3; times++) {
      const { outage, lost } = await suffer(sessions, change, () => {}, { isNoticed: false })
      if (!isPool) expect(lost).toBe(0)
      expect(outage).toBeLessThan(BOUND)
    }
  } finally {
    await close()
  }
}

describeServer("redis", "a Redis primary that is demoted behind its name, under load", () => {
  it.each(Object.entries(CLIENTS))("is left for the next one, through %s, without a restart", (_name, open) =>
    behindOneName(async ({ url, change }) => outlast(await open(url), () => change(true))))

  const handedIn = Object.entries(CLIENTS).filter(([name]) => name !== "storeFromUrl")
  it.each(handedIn)("takes nothing acknowledged with it where replicas confirm, through %s", (_name, open) =>
    behindOneName(async ({ url, change }) =>
      outlast(await open(url, { wait: { replicas: 1, timeout: 0.5 } }), () => change(false)),
    ))
})
