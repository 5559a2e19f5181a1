import type { Pool, PoolClient } from "pg"
import type { Finding } from "../backend.ts"
import { isLostStatement } from "./advice.ts"
import { remark } from "./remark.ts"

/**
 * Whether a pooler such as PgBouncer stands before the server, which is seen by the number it gives a connection in the server's place; and
 * whether prepared statements get lost in it, which is tried.
 */
export async function poolerFindings(pool: Pool, prepare: boolean): Promise<readonly Finding[]> {
  const name = "pooler"
  const client = await pool.connect()
  try {
    if ((await pidOf(client)) === (client as { processID?: unknown }).processID) return []
    if (!prepare) return [{ name, value: "there is one, and prepared statements are off" }]
    const isLosing = await losesStatements(client, pool)
    return [{ name, value: "there is one", ...(isLosing && { problem: LOSES }) }]
  } catch (error) {
    return [remark(name)(error)]
  } finally {
    client.release(true)
  }
}

/** Lets one client's next statement go to another connection of the pooler's, by a transaction that holds the first. */
async function losesStatements(client: PoolClient, pool: Pool): Promise<boolean> {
  const statement = { name: "holdfast doctor", text: "SELECT $1::int", values: [1] }
  await client.query(statement)
  const other = await pool.connect()
  try {
    await other.query("BEGIN")
    await pidOf(other)
    // A pooler with a single connection lets it wait; then nothing is known.
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, 1000, false))
    const lost = client.query(statement).then(() => false, isLostStatement)
    return await Promise.race([lost, late])
  } finally {
    other.release(true)
  }
}

async function pidOf(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")
  return rows[0]!.pid
}

const LOSES =
  "It gives every statement another connection, and prepared statements get lost. Add ?prepare=false to the store's URL, or run PgBouncer 1.21 or later with max_prepared_statements"
