import type { Pool } from "pg"
import type { Address, Backend, Link, Opening } from "../backend.ts"
import { loaded } from "../package.ts"
import { sqlStore } from "./store.ts"
import { sqlUpkeep } from "./upkeep.ts"

/** PostgreSQL, through a pool of `pg`. */
export async function open(address: Address, opening: Opening): Promise<Backend> {
  const { client: pool, connected, close } = await postgresPool(address, opening)
  const { options } = address
  return {
    store: { ...sqlStore(pool, options), close },
    upkeep: {
      connected,
      ...sqlUpkeep(
        "postgres",
        async (text) => {
          const { rows, rowCount } = await pool.query(text)
          return { rows, written: rowCount ?? 0 }
        },
        options.table,
      ),
    },
  }
}

/** A pool of connections to the database that the URL names. */
export async function postgresPool({ url }: Address, { onError }: Opening): Promise<Link<Pool>> {
  const { Pool } = await loaded("pg@8", () => import("pg"))
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: 5000 })
  // Of idle connections; one at work tells whoever waits for it. Unheard, the event would end the process.
  pool.on("error", onError)
  return { client: pool, connected: async () => void (await pool.query("SELECT 1")), close: () => pool.end() }
}
