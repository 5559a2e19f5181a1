import { Redis } from "ioredis"
import { redisStore } from "../../src/stores/redis.ts"
import { storeLaws } from "../../src/testing/index.ts"
import { describeStore } from "../services/service.ts"

describeStore("ioredis", ({ redis: url }) => {
  storeLaws("ioredis", async () => {
    const client = new Redis(url, { keyPrefix: "mine:" })
    return { store: redisStore(client), close: () => client.quit() }
  })
})
