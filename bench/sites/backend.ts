import { DatabaseSync } from "node:sqlite"
import pg from "pg"
import { createClient } from "redis"
import { createSessions, type SessionData, type Sessions, type Store } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { redisStore } from "../../src/stores/redis/index.ts"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { fillStore } from "../crowd.ts"
import type { StoreName } from "../requests/target.ts"
import type { Plan } from "./site.ts"

/** One raw read and one raw write, by the client that the store uses too. */
export interface Raw {
  read(): unknown
  write(text: string): unknown
}

/** The limit: a client, and nothing between it and the page. */
export async function openRaw(store: StoreName, address: string): Promise<Raw> {
  switch (store) {
    case "redis": {
      const client = await createClient({ url: address }).connect()
      return { read: () => client.get("bare"), write: (text) => client.set("bare", text, { EX: 1209600 }) }
    }
    case "postgres": {
      const pool = new pg.Pool({ connectionString: address })
      await pool.query("CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, payload text)")
      const insert =
        "INSERT INTO bare VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET payload = excluded.payload"
      return {
        read: () =>
          pool.query({ name: "read", text: "SELECT payload FROM bare WHERE id = $1", values: ["bare"] }),
        write: (text) => pool.query({ name: "write", text: insert, values: ["bare", text] }),
      }
    }
    case "sqlite": {
      const database = new DatabaseSync(address)
      database.exec(`PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
        CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, payload text)`)
      const select = database.prepare("SELECT payload FROM bare WHERE id = ?")
      const insert = database.prepare("INSERT OR REPLACE INTO bare VALUES (?, ?)")
      return { read: () => select.get("bare"), write: (text) => insert.run("bare", text) }
    }
    case "memory":
    case "cookie": {
      let kept = ""
      return {
        read: () => kept,
        write(text) {
          kept = text
        },
      }
    }
    default:
      throw new TypeError(`Nothing is measured beside the sessions in ${store}`)
  }
}

/** Our sessions, as the README sets them up. */
export async function openSessions(plan: Plan): Promise<Sessions<SessionData>> {
  if (plan.store === "cookie")
    return createSessions({ seal: ["a secret of at least 32 bytes, as everybody's"] })
  return createSessions({ store: await openStore(plan) })
}

async function openStore({ store, library, address, sessions }: Plan): Promise<Store> {
  switch (store) {
    case "redis": {
      const client = createClient({
        url: address,
        ...(library === "near-cache" && {
          RESP: 3 as const,
          clientSideCache: { ttl: 60_000, maxEntries: 10_000 },
        }),
      })
      return redisStore(await client.connect())
    }
    case "postgres": {
      const table = sqlStore(new pg.Pool({ connectionString: address }))
      await table.migrate()
      return table
    }
    case "sqlite":
      return sqliteStore(address)
    case "memory": {
      const memory = sessions > 0 ? memoryStore({ max: 2 * sessions }) : memoryStore()
      await fillStore(memory, sessions, true)
      return memory
    }
    default:
      return storeFromUrl(address)
  }
}
