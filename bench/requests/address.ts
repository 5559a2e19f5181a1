import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startPostgres } from "../../test/services/postgres.ts"
import { startRedis } from "../../test/services/redis.ts"
import type { StoreName } from "./target.ts"

/** Where the data of a store lies, and the way to end what holds it. */
export interface Address {
  readonly address: string
  close(): Promise<unknown>
}

/** Starts a store's server as people run it: what PostgreSQL acknowledges is on the disk, what Redis does is not. */
export async function openAddress(store: StoreName): Promise<Address> {
  switch (store) {
    case "redis": {
      const { url, close } = await startRedis({ args: ["--appendonly", "no"] })
      return { address: url, close }
    }
    case "postgres": {
      const { url, close } = await startPostgres({ durable: true })
      return { address: url, close }
    }
    case "sqlite": {
      const directory = await mkdtemp(join(tmpdir(), "holdfast-bench-"))
      return { address: join(directory, "sessions.db"), close: () => rm(directory, { recursive: true }) }
    }
    case "memory":
    case "cookie":
      return { address: "", close: async () => {} }
  }
}
