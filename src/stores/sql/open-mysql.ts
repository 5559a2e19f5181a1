import type { Pool, PoolConnection } from "mysql2"
import type { Address, Backend, Link, Opening } from "../backend.ts"
import { loaded } from "../package.ts"
import { timeOf } from "./clock.ts"
import { PATIENCE } from "./connection.ts"
import type { MysqlConnection } from "./database.ts"
import { inspectMysql } from "./mysql-inspection.ts"
import { retrying } from "./retry.ts"
import { tableName } from "./schema.ts"
import { tableStore } from "./table-store.ts"
import { throughMysql } from "./through-mysql.ts"
import { questionsOf, sqlUpkeep } from "./upkeep.ts"

/** MySQL or MariaDB, through a pool of `mysql2`. */
export async function open(address: Address, opening: Opening): Promise<Backend> {
  const { prepare = true } = address.options
  const table = tableName(address.options)
  const { client: pool, connected, close } = await mysqlPool(address, opening)
  const connection = retrying(throughMysql(pool, { prepare, patience: PATIENCE }))
  return {
    store: { ...tableStore(connection, table), close },
    upkeep: {
      connected,
      ...sqlUpkeep("mysql", questionsOf(connection), table, () => timeOf(connection)),
      inspect: () => inspectMysql(connection, table),
    },
  }
}

/** A pool of connections to the database that the URL names. */
export async function mysqlPool({ url }: Address, { onError }: Opening): Promise<Link<Pool>> {
  const { createPool } = await loaded("mysql2@3", () => import("mysql2"))
  const pool = createPool({ uri: url, connectTimeout: 5000, maxIdle: 5, idleTimeout: IDLE })
  const connections = new Set<PoolConnection>()
  pool.on("connection", (connection) => {
    connections.add(connection)
    connection.on("end", () => connections.delete(connection))
    // An error event that nobody listens to would end the process.
    connection.on("error", (error) => {
      connections.delete(connection)
      onError(error)
    })
  })
  /** Lets what is under way end, unless the server is silent. */
  async function close(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSING)
    })
    await Promise.race([pool.promise().end(), late])
    clearTimeout(timer)
    for (const connection of connections) (connection as MysqlConnection).stream?.destroy()
  }
  return { client: pool, connected: async () => void (await pool.promise().query("SELECT 1")), close }
}

/** After how many milliseconds an idle connection is closed, so that a name that leads to another server by now is followed. */
const IDLE = 10_000

/** How long the end of a pool may take, in milliseconds. */
const CLOSING = 5000
