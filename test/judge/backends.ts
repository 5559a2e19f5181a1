import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startDynamodb } from "../services/dynamodb.ts"
import { startMariadb } from "../services/mariadb.ts"
import { startMemcached } from "../services/memcached.ts"
import { startPostgres } from "../services/postgres.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import { startRedis } from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { openStore } from "../soak/store.ts"
import { type Pair, postgresPair, redisPair } from "./pairs.ts"

/** A backend of a trial's own, and what can be done to it. */
export interface Arena {
  readonly url: string
  /** Its server, where it has one. */
  readonly server?: Server
  /** The wire to the server. */
  readonly wire?: Wire
  /** Whether it forgets what it knew when it is started again. */
  readonly forgets?: true
  /** Lets a replica take over, where it has one, and makes the next replica ready. What was acknowledged must not be lost. */
  readonly failOver?: () => Promise<void>
  /** The smallest step, in milliseconds, in which it counts deadlines. */
  readonly deadlineStep?: number
  close(): Promise<void>
}

/** Every store that several processes can share. */
export const ARENAS: Readonly<Record<string, () => Promise<Arena>>> = {
  sqlite: () => onDisk((directory) => `sqlite:${join(directory, "judged.db")}`),
  file: () => onDisk((directory) => `file:${join(directory, "judged")}`),
  postgres: () => behindWire(startPostgres({ durable: true })),
  mariadb: () => behindWire(startMariadb({ durable: true })),
  redis: () => behindWire(startRedis()),
  memcached: async () => ({ ...(await behindWire(startMemcached())), forgets: true }),
  async dynamodb() {
    // Its client sends again what has lost its answer, and can't always tell what was done the first time (docs/stores/dynamodb.md).
    const { wire: _, ...arena } = await behindWire(startDynamodb())
    return { ...arena, forgets: true }
  },
  cached: async () => {
    const [cache, durable] = await Promise.all([
      behindWire(startRedis()),
      behindWire(startPostgres({ durable: true })),
    ])
    return {
      url: `cached:${cache.url}|${durable.url}`,
      ...(cache.server && { server: cache.server }),
      ...(cache.wire && { wire: cache.wire }),
      close: async () => void (await Promise.all([cache.close(), durable.close()])),
    }
  },
}

/** Servers with a replica that takes over. */
export const PAIRS: Readonly<Record<string, () => Promise<Arena>>> = {
  "postgres pair": async () => paired(await postgresPair()),
  "redis pair": async () => paired(await redisPair()),
}

async function onDisk(urlOf: (directory: string) => string): Promise<Arena> {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-judge-"))
  const url = urlOf(directory)
  await (await openStore(url)).close()
  return { url, close: async () => rmSync(directory, { recursive: true, force: true }) }
}

async function behindWire(starting: Promise<Server>): Promise<Arena> {
  const server = await starting
  const wire = await startProxy(server.port)
  const url = server.url.replace(`:${server.port}`, `:${wire.port}`)
  await migrate(url)
  return {
    url,
    server,
    wire,
    async close() {
      await wire.close()
      await server.close()
    },
  }
}

async function paired(pair: Pair): Promise<Arena> {
  await migrate(pair.url)
  return pair
}

async function migrate(url: string): Promise<void> {
  const store = await openStore(url)
  await store.migrate()
  await store.close()
}
