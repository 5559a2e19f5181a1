import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as sleep } from "node:timers/promises"
import { createClient } from "redis"
import { expect, it } from "vitest"
import { createSessions, type Session, type Sessions, type Store, type UserIndex } from "../../src/index.ts"
import { cachedStore } from "../../src/stores/cached/index.ts"
import { redisStore } from "../../src/stores/redis/index.ts"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { newTable } from "../laws/sql-laws.ts"
import { describeStore } from "../services/service.ts"

// How docs/stores/cached.md says to restore a backup: that of the durable store, and then the cache is emptied or given maxStale.

interface Data {
  n?: number
  m?: number
}

/** In seconds. */
const MAX_STALE = 2

async function visit(
  sessions: Sessions<Data>,
  cookie: string | undefined,
  work: (session: Session<Data>) => unknown,
): Promise<string | undefined> {
  const session = await sessions.open(cookie === undefined ? {} : { cookie }).load()
  work(session)
  const { headers } = await sessions.commit(session)
  return headers.find(([name]) => name === "set-cookie")?.[1].split(";")[0]
}

async function seen(sessions: Sessions<Data>, cookie: string): Promise<readonly [string | null, Data]> {
  const session = await sessions.open({ cookie }).load()
  return [session.userId, { ...session.data }]
}

describeStore("cached", ({ redis: url }) => {
  /** A site that was restored to a backup: Ada has changed her session since, and Bob has signed in since. */
  async function restored(
    check: (site: {
      site: Sessions<Data>
      durable: Sessions<Data>
      ada: string
      bob: string
      flush(): Promise<unknown>
    }) => Promise<unknown>,
  ): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), "holdfast-restore-"))
    const [live, backup] = [join(directory, "sessions.db"), join(directory, "backup.db")]
    const prefix = `${newTable()}:`
    const client = await createClient({ url }).connect()
    const siteOver = (store: Store & UserIndex): Sessions<Data> =>
      createSessions<Data>({
        store: cachedStore(redisStore(client, { prefix }), store, { maxStale: MAX_STALE }),
      })
    try {
      const before = sqliteStore(live)
      const ada = await visit(siteOver(before), undefined, (session) => {
        session.login("ada")
        session.data.n = 1
      })
      const database = new DatabaseSync(live)
      database.exec(`VACUUM INTO '${backup}'`)
      database.close()
      await visit(siteOver(before), ada, ({ data }) => Object.assign(data, { n: 2 }))
      const bob = await visit(siteOver(before), undefined, (session) => session.login("bob"))
      await before.close()
      for (const end of ["", "-wal", "-shm"]) rmSync(`${live}${end}`, { force: true })
      copyFileSync(backup, live)

      const opened = new DatabaseSync(live)
      const after = sqlStore(opened)
      const flush = async (): Promise<unknown> => {
        const keys = await client.keys(`${prefix}*`)
        return client.del(keys)
      }
      const site = siteOver(after)
      await check({ site, durable: createSessions<Data>({ store: after }), ada: ada!, bob: bob!, flush })
      opened.close()
    } finally {
      await client.close()
      rmSync(directory, { recursive: true })
    }
  }

  it("is as the backup once the cache is emptied", () =>
    restored(async ({ site, ada, bob, flush }) => {
      await flush()
      expect(await seen(site, ada)).toEqual(["ada", { n: 1 }])
      expect(await seen(site, bob)).toEqual([null, {}])
    }))

  it("is as the backup after maxStale, where the cache is left alone", () =>
    restored(async ({ site, ada, bob }) => {
      expect(await seen(site, bob), "what the cache holds is newer").toEqual(["bob", {}])
      await sleep(MAX_STALE * 1000 + 100)
      expect(await seen(site, ada)).toEqual(["ada", { n: 1 }])
      expect(await seen(site, bob)).toEqual([null, {}])
    }))

  it("lays what is written meanwhile over the backup, and loses none of it", () =>
    restored(async ({ site, durable, ada, bob }) => {
      expect(await seen(site, ada)).toEqual(["ada", { n: 2 }])
      await visit(site, ada, ({ data }) => Object.assign(data, { m: 1 }))
      for (const sessions of [site, durable])
        expect(await seen(sessions, ada)).toEqual(["ada", { n: 1, m: 1 }])
      await expect(visit(site, bob, ({ data }) => Object.assign(data, { m: 1 }))).rejects.toMatchObject({
        code: "ERR_SESSION_ENDED",
      })
      expect(await seen(site, bob)).toEqual([null, {}])
    }))
})
