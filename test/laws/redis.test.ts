import { createClient, createClientPool } from "redis"
import { redisStore } from "../../src/stores/redis/index.ts"
import { describeStore } from "../services/service.ts"
import { everyLaw } from "./every-law.ts"

describeStore("redis", ({ redis: url }) => {
  everyLaw("redis", async () => {
    const client = await createClient({ url }).connect()
    return { store: redisStore(client), close: () => client.close() }
  })

  everyLaw("redis, a pool of connections", async () => {
    const client = createClientPool({ url })
    await client.connect()
    return { store: redisStore(client), close: () => client.close() }
  })
})
