import { createPool } from "mysql2/promise"
import pg from "pg"
import { afterEach, describe, expect, it } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { type SqlStore, sqlStore } from "../../src/stores/sql/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { startMariadb } from "../services/mariadb.ts"
import { startPostgres } from "../services/postgres.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"
import { type Counted, suffer, TIMEOUT } from "./crowd.ts"

/** Stores over one address, however the application came by them, and what has to be closed. */
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** How an application has its store. */
type Way = (
  url: string,
) => Promise<Pick<SqlStore, "migrate"> & Parameters<typeof createSessions>[0]["store"] & object>

const overUrl: Way = async (url) => {
  const store = await storeFromUrl(url)
  closing.push(store.close)
  return store
}

const overPg: Way = async (connectionString) => {
  const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 2000, query_timeout: 2000 })
  closing.push(() => pool.end())
  return sqlStore(pool)
}

const overMysql2: Way = async (uri) => {
  const pool = createPool({ uri, connectTimeout: 2000 })
  closing.push(() => pool.end())
  return sqlStore(pool)
}

async function started(server: Promise<Server>): Promise<Server> {
  const one = await server
  closing.push(one.close)
  return one
}

async function wireTo(server: Server): Promise<Wire & { readonly url: string }> {
  const wire = await startProxy(server.port)
  closing.push(wire.close)
  return { ...wire, url: server.url.replace(`:${server.port}`, `:${wire.port}`) }
}

async function sessionsOver(way: Way, url: string): Promise<Sessions<Counted>> {
  const store = await way(url)
  await store.migrate()
  return createSessions<Counted>({ store, timeout: TIMEOUT / 1000, warn: () => {} })
}

/** Runs statements on the server itself. */
async function onPostgres(server: Server, ...texts: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(server.url)
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const text of texts) ({ rows } = await client.query(text))
    return rows
  } finally {
    await client.end()
  }
}

/** A primary, a replica that follows it, and the address that leads to the first. With `isSynchronous` a commit waits for both. */
async function pair(
  isSynchronous: boolean,
): Promise<{ primary: Server; replica: Server; wire: Awaited<ReturnType<typeof wireTo>> }> {
  const primary = await started(startPostgres({ durable: true }))
  const replica = await started(startPostgres({ durable: true, replicaOf: primary }))
  if (isSynchronous)
    await onPostgres(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
  return { primary, replica, wire: await wireTo(primary) }
}

const promote = (replica: Server, wire: Wire) => async (): Promise<void> => {
  await onPostgres(replica, "SELECT pg_promote()")
  wire.leadTo(replica.port)
}

describeServer("postgres", "a failover of PostgreSQL, behind an address that moves", () => {
  for (const [name, way] of Object.entries({ "a store URL": overUrl, "a pool": overPg }))
    describe(`under ${name}`, () => {
      it("loses nothing acknowledged where the replica confirms, and needs no restart", async () => {
        const { primary, replica, wire } = await pair(true)
        const sessions = await sessionsOver(way, wire.url)
        const { lost, outage } = await suffer(sessions, primary.kill, promote(replica, wire))
        expect(lost).toBe(0)
        expect(outage).toBeLessThan(10_000)
      }, 60_000)

      it("goes on when the primary vanishes without a word", async () => {
        const { replica, wire } = await pair(true)
        const sessions = await sessionsOver(way, wire.url)
        const { lost, outage } = await suffer(sessions, wire.strand, promote(replica, wire), { visitors: 24 })
        expect(lost).toBe(0)
        expect(outage).toBeLessThan(20_000)
      }, 60_000)

      it("leaves a primary that was demoted and keeps its connections", async () => {
        const { primary, replica, wire } = await pair(false)
        await onPostgres(
          primary,
          "CREATE ROLE web LOGIN",
          "GRANT ALL ON SCHEMA public TO web",
          "GRANT pg_checkpoint TO web",
        )
        const url = wire.url.replace("postgres@", "web@")
        const sessions = await sessionsOver(way, url)
        const { outage } = await suffer(
          sessions,
          async () => {
            await onPostgres(
              primary,
              "ALTER SYSTEM SET default_transaction_read_only = on",
              "SELECT pg_reload_conf()",
            )
            const [{ lsn }] = (await onPostgres(primary, "SELECT pg_current_wal_lsn()::text AS lsn")) as [
              { lsn: string },
            ]
            const caughtUp = `SELECT pg_last_wal_replay_lsn() >= '${lsn}' AS is`
            while (!(await onPostgres(replica, caughtUp))[0]!.is);
          },
          promote(replica, wire),
        )
        expect(outage).toBeLessThan(10_000)
        const left = "SELECT count(*)::int AS left FROM pg_stat_activity WHERE usename = 'web'"
        expect((await onPostgres(primary, left))[0]).toEqual({ left: 0 })
      }, 60_000)
    })

  it("loses what only the dead primary had acknowledged, where no replica confirms", async () => {
    const { primary, replica, wire } = await pair(false)
    const sessions = await sessionsOver(overUrl, wire.url)
    const { lost } = await suffer(
      sessions,
      async ({ allServed }) => {
        await onPostgres(replica, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()")
        while ((await onPostgres(primary, "SELECT 1 FROM pg_stat_replication")).length > 0);
        await allServed()
        await primary.kill()
      },
      promote(replica, wire),
    )
    expect(lost).toBeGreaterThan(0)
  }, 60_000)
})

describeServer("mariadb", "MariaDB that goes and comes, behind an address that moves", () => {
  for (const [name, way] of Object.entries({ "a store URL": overUrl, "a pool": overMysql2 })) {
    it(`under ${name}: a kill -9 and a restart lose nothing acknowledged`, async () => {
      const server = await started(startMariadb({ durable: true }))
      const sessions = await sessionsOver(way, (await wireTo(server)).url)
      const { lost, outage } = await suffer(sessions, server.kill, server.restart)
      expect(lost).toBe(0)
      expect(outage).toBeLessThan(20_000)
    }, 60_000)

    it(`under ${name}: a server that was demoted and keeps its connections is left`, async () => {
      const [old, next] = [await started(startMariadb()), await started(startMariadb())]
      const roots = [old, next].map(({ url }) => createPool({ uri: url }))
      closing.push(...roots.map((root) => () => root.end()))
      for (const root of roots) {
        await root.query("CREATE USER web")
        await root.query("GRANT ALL ON holdfast.* TO web")
        await sqlStore(root).migrate()
      }
      const wire = await wireTo(old)
      const store = await way(wire.url.replace("root@", "web@"))
      const write = (n: number): Promise<unknown> =>
        store.create({ id: `${n}`, userId: null, payload: "", expiresAt: Date.now() + 60_000 })
      await Promise.all(Array.from({ length: 10 }, (_, n) => write(n)))
      await roots[0]!.query("SET GLOBAL read_only = 1")
      await expect(write(100)).rejects.toThrow(/This server takes no writes/)
      wire.leadTo(next.port)
      const writes: PromiseSettledResult<unknown>[] = []
      for (let round = 2; round < 5; round++)
        writes.push(
          ...(await Promise.allSettled(Array.from({ length: 10 }, (_, n) => write(round * 100 + n)))),
        )
      const failed = writes.filter(({ status }) => status === "rejected").length
      expect(failed).toBe(0)
      const [left] = await roots[0]!.query(
        "SELECT count(*) AS n FROM information_schema.processlist WHERE user = 'web'",
      )
      expect(left).toEqual([{ n: 0 }])
    }, 60_000)
  }

  it("under a store URL: goes on when the server vanishes without a word", async () => {
    const server = await started(startMariadb({ durable: true }))
    const wire = await wireTo(server)
    const sessions = await sessionsOver(overUrl, wire.url)
    const { lost, outage } = await suffer(sessions, wire.strand, () => {}, { visitors: 24 })
    expect(lost).toBe(0)
    expect(outage).toBeLessThan(20_000)
  }, 60_000)
})
