import type { Pool } from "pg"
import type { Address, Backend, Link, Opening } from "../backend.ts"
import { loaded } from "../package.ts"
import { timeOf } from "./clock.ts"
import { PATIENCE } from "./connection.ts"
import { poolerFindings } from "./pooler-findings.ts"
import { inspectPostgres } from "./postgres-inspection.ts"
import { retrying } from "./retry.ts"
import { tableName } from "./schema.ts"
import { tableStore } from "./table-store.ts"
import { throughPostgres } from "./through-postgres.ts"
import { questionsOf, sqlUpkeep } from "./upkeep.ts"

/** PostgreSQL, through a pool of `pg`. */
export async function open(address: Address, opening: Opening): Promise<Backend> {
  const { prepare = true } = address.options
  const table = tableName(address.options)
  const { client: pool, connected, close } = await postgresPool(address, opening)
  const connection = retrying(throughPostgres(pool, { prepare, patience: PATIENCE }))
  return {
    store: { ...tableStore(connection, table), close },
    upkeep: {
      connected,
      ...sqlUpkeep("postgres", questionsOf(connection), table, () => timeOf(connection)),
      inspect: async () => [
        ...(await inspectPostgres(connection, table)),
        ...(await poolerFindings(pool, prepare)),
      ],
    },
  }
}

/** A pool of connections to the database that the URL names. */
export async function postgresPool({ url }: Address, { onError }: Opening): Promise<Link<Pool>> {
  const { Pool } = await loaded("pg@8", () => import("pg"))
  const pool = new Pool({
    connectionString: url,
    connectionTimeoutMillis: 5000,
    maxLifetimeSeconds: LIFETIME,
  })
  // Of idle connections; one at work tells whoever waits for it. Unheard, the event would end the process.
  pool.on("error", onError)
  return { client: pool, connected: async () => void (await pool.query("SELECT 1")), close: () => pool.end() }
}

/** In seconds. A name that leads to another server by now is followed after that, though the old server may still answer. */
const LIFETIME = 600
