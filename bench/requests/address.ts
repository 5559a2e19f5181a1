import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startMariadb } from "../../test/services/mariadb.ts"
import { startMemcached } from "../../test/services/memcached.ts"
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
    case "mariadb": {
      // Its default of 128 MB would hold a quarter of a million sessions.
      const args = ["--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M"]
      const { url, close } = await startMariadb({ durable: true, args })
      return { address: url, close }
    }
    case "memcached": {
      const { url, close } = await startMemcached({ args: ["-m", "2048"] })
      return { address: url, close }
    }
    case "files": {
      const directory = await mkdtemp(join(tmpdir(), "holdfast-bench-"))
      return { address: `file:${directory}`, close: () => rm(directory, { recursive: true }) }
    }
    case "memory":
    case "cookie":
      return { address: "", close: async () => {} }
  }
}
