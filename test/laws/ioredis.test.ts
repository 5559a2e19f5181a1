import { Redis } from "ioredis"
import { redisStore } from "../../src/stores/redis/index.ts"
import { describeStore } from "../services/service.ts"
import { everyLaw } from "./every-law.ts"

describeStore("ioredis", ({ redis: url }) => {
  everyLaw("ioredis", async () => {
    const client = new Redis(url, { keyPrefix: "mine:" })
    return { store: redisStore(client), close: () => client.quit() }
  })
})
