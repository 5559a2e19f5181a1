import { setTimeout as sleep } from "node:timers/promises"
import pg from "pg"
import { startPostgres } from "../services/postgres.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import { changeParts, demote, follows, startRedis } from "../services/redis.ts"
import type { Server } from "../services/server.ts"

/** A server and a replica behind one address, which leads to the first. */
export interface Pair {
  readonly url: string
  readonly wire: Wire
  /** Lets the replica take over; the address leads there, and connections to the old one are cut. Has a replica again when it is done. */
  failOver(): Promise<void>
  close(): Promise<void>
}

/** The primary is killed. Its replica has confirmed each commit. */
export async function postgresPair(): Promise<Pair> {
  let primary = await startPostgres({ durable: true })
  const wire = await startProxy(primary.port)
  let replica = await confirmingReplicaOf(primary)
  return {
    url: primary.url.replace(`:${primary.port}`, `:${wire.port}`),
    wire,
    async failOver() {
      await primary.kill()
      await onPostgres(replica, "SELECT pg_promote()")
      wire.leadTo(replica.port)
      await primary.close()
      primary = replica
      replica = await confirmingReplicaOf(primary)
    },
    close: () => closeAll(wire, primary, replica),
  }
}

/** Redis hands over in order: the replica has caught up before it takes over. */
export async function redisPair(): Promise<Pair> {
  const start = (): Promise<Server> => startRedis({ args: ["--repl-diskless-sync-delay", "0"] })
  let [primary, replica] = [await start(), await start()]
  await demote(replica, primary)
  await follows(replica)
  const wire = await startProxy(primary.port)
  return {
    url: `redis://127.0.0.1:${wire.port}`,
    wire,
    async failOver() {
      await changeParts(primary, replica)
      wire.leadTo(replica.port)
      wire.cut()
      ;[primary, replica] = [replica, primary]
      await follows(replica)
    },
    close: () => closeAll(wire, primary, replica),
  }
}

async function confirmingReplicaOf(primary: Server): Promise<Server> {
  const replica = await startPostgres({ durable: true, replicaOf: primary })
  await onPostgres(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
  const confirming =
    "SELECT FROM pg_stat_replication WHERE sync_state = 'sync' AND replay_lsn = pg_current_wal_lsn()"
  while ((await onPostgres(primary, confirming)) === 0) await sleep(20)
  return replica
}

/** Runs statements on the server itself, and gives how many rows the last one found. */
async function onPostgres({ url }: Server, ...texts: string[]): Promise<number> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    let rows = 0
    for (const text of texts) rows = (await client.query(text)).rowCount ?? 0
    return rows
  } finally {
    await client.end()
  }
}

async function closeAll(...things: readonly { close(): Promise<void> }[]): Promise<void> {
  for (const thing of things) await thing.close()
}
