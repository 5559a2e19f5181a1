import type { Pool } from "mysql2"
import type { Address, Backend, Link, Opening } from "../backend.ts"
import { loaded } from "../package.ts"
import { sqlStore } from "./store.ts"
import { sqlUpkeep } from "./upkeep.ts"

/** MySQL or MariaDB, through a pool of `mysql2`. */
export async function open(address: Address, opening: Opening): Promise<Backend> {
  const { client: pool, connected, close } = await mysqlPool(address, opening)
  const { options } = address
  return {
    store: { ...sqlStore(pool, options), close },
    upkeep: {
      connected,
      ...sqlUpkeep(
        "mysql",
        async (text) => {
          const [answer] = await pool.promise().query(text)
          if (Array.isArray(answer)) return { rows: answer as Record<string, unknown>[], written: 0 }
          return { rows: [], written: answer.affectedRows }
        },
        options.table,
      ),
    },
  }
}

/** A pool of connections to the database that the URL names. */
export async function mysqlPool({ url }: Address, { onError }: Opening): Promise<Link<Pool>> {
  const { createPool } = await loaded("mysql2@3", () => import("mysql2"))
  const pool = createPool({ uri: url, connectTimeout: 5000 })
  // An error event that nobody listens to would end the process.
  pool.on("connection", (connection) => void connection.on("error", onError))
  return {
    client: pool,
    connected: async () => void (await pool.promise().query("SELECT 1")),
    close: () => pool.promise().end(),
  }
}
