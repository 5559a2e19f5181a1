import { createClient, createClientPool } from "redis"
import { redisStore } from "../../src/stores/redis.ts"
import { storeLaws } from "../../src/testing/index.ts"
import { describeStore } from "../services/service.ts"

describeStore("redis", ({ redis: url }) => {
  storeLaws("redis", async () => {
    const client = await createClient({ url }).connect()
    return { store: redisStore(client), close: () => client.close() }
  })

  storeLaws("redis, a pool of connections", async () => {
    const client = createClientPool({ url })
    await client.connect()
    return { store: redisStore(client), close: () => client.close() }
  })
})
