import pg from "pg"
import { createClient } from "redis"
import { cachedStore } from "../../src/stores/cached/index.ts"
import { memcachedStore } from "../../src/stores/memcached/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { redisStore } from "../../src/stores/redis/index.ts"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { describeStore } from "../services/service.ts"
import { everyLaw } from "./every-law.ts"
import { newTable } from "./sql-laws.ts"

describeStore("sqlite", () => {
  everyLaw("cached: memory over sqlite", async () => {
    const durable = sqliteStore(":memory:")
    return { store: cachedStore(memoryStore(), durable), close: durable.close }
  })
})

describeStore("cached", ({ redis, memcached, postgres }) => {
  everyLaw("cached: redis over postgres", async () => {
    const client = await createClient({ url: redis }).connect()
    const pool = new pg.Pool({ connectionString: postgres })
    const table = newTable()
    const durable = sqlStore(pool, { table })
    await durable.migrate()
    const store = cachedStore(redisStore(client, { prefix: `${table}:` }), durable)
    return { store, close: () => Promise.all([client.close(), pool.end()]) }
  })

  everyLaw("cached: memcached over sqlite", async () => {
    const durable = sqliteStore(":memory:")
    const cache = memcachedStore(memcached, { prefix: `${newTable()}:` })
    return {
      store: cachedStore(cache, durable),
      close: () => Promise.all([cache.close(), durable.close()]),
    }
  })
})
