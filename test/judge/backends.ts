import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startMariadb } from "../services/mariadb.ts"
import { startMemcached } from "../services/memcached.ts"
import { startPostgres } from "../services/postgres.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import { startRedis } from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { openStore } from "../soak/store.ts"

/** A backend of a trial's own, and what can be done to it. */
export interface Arena {
  readonly url: string
  /** Its server, where it has one. */
  readonly server?: Server
  /** The wire to the server. */
  readonly wire?: Wire
  /** Whether it forgets what it knew when it is started again. */
  readonly forgets?: true
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

async function onDisk(urlOf: (directory: string) => string): Promise<Arena> {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-judge-"))
  const url = urlOf(directory)
  await (await openStore(url)).close()
  return { url, close: async () => rmSync(directory, { recursive: true, force: true }) }
}

async function behindWire(starting: Promise<Server>): Promise<Arena> {
  const server = await starting
  const wire = await startProxy(server.port)
  const { href } = Object.assign(new URL(server.url), { port: wire.port })
  const store = await openStore(href)
  await store.migrate()
  await store.close()
  return {
    url: href,
    server,
    wire,
    async close() {
      await wire.close()
      await server.close()
    },
  }
}
