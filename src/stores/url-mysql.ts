import { sqlStore } from "./sql.ts"
import type { Connection, ErrorListener } from "./url-connection.ts"
import { loaded } from "./url-package.ts"
import type { UrlParts } from "./url-parts.ts"

/** A pool of connections to MySQL or MariaDB, through `mysql2`. */
export async function mysqlConnection(
  { address, options }: UrlParts,
  onError: ErrorListener,
): Promise<Connection> {
  const { createPool } = await loaded("mysql2@3", () => import("mysql2"))
  const pool = createPool({ uri: address, connectTimeout: 5000 })
  // An error event that nobody listens to would end the process.
  pool.on("connection", (connection) => void connection.on("error", onError))
  const store = sqlStore(pool, options)
  return {
    kind: "mysql",
    store: { ...store, close: () => pool.promise().end() },
    database: pool,
    connected: async () => void (await pool.promise().query("SELECT 1")),
    async ask(text) {
      const [answer] = await pool.promise().query(text)
      if (Array.isArray(answer)) return { rows: answer as Record<string, unknown>[], written: 0 }
      return { rows: [], written: answer.affectedRows }
    },
  }
}
