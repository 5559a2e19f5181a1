import { sqlStore } from "./sql.ts"
import type { Connection, ErrorListener } from "./url-connection.ts"
import { loaded } from "./url-package.ts"
import type { UrlParts } from "./url-parts.ts"

/** A pool of connections to PostgreSQL, through `pg`. */
export async function postgresConnection(
  { address, options }: UrlParts,
  onError: ErrorListener,
): Promise<Connection> {
  const { Pool } = await loaded("pg@8", () => import("pg"))
  const pool = new Pool({ connectionString: address, connectionTimeoutMillis: 5000 })
  // Of idle connections; one at work tells whoever waits for it. Unheard, the event would end the process.
  pool.on("error", onError)
  const store = sqlStore(pool, options)
  return {
    kind: "postgres",
    store: { ...store, close: () => pool.end() },
    database: pool,
    connected: async () => void (await pool.query("SELECT 1")),
    async ask(text) {
      const { rows, rowCount } = await pool.query(text)
      return { rows, written: rowCount ?? 0 }
    },
  }
}
