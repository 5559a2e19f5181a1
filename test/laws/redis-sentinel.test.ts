import { Redis } from "ioredis"
import { createSentinel } from "redis"
import { afterAll, beforeAll } from "vitest"
import { redisStore } from "../../src/stores/redis/index.ts"
import { type ServerGroup, startRedisSentinel } from "../services/redis.ts"
import { describeStore } from "../services/service.ts"
import { everyLaw } from "./every-law.ts"

describeStore("redis-sentinel", () => {
  let group: ServerGroup
  const sentinels = (): { host: string; port: number }[] =>
    group.servers.slice(2).map(({ port }) => ({ host: "127.0.0.1", port }))
  beforeAll(async () => {
    group = await startRedisSentinel()
  })
  afterAll(() => group.close())

  everyLaw("redis, behind sentinels", async () => {
    const client = await createSentinel({ name: "main", sentinelRootNodes: sentinels() }).connect()
    const wait = { replicas: 1, timeout: 5 }
    return { store: redisStore(client, { wait }), close: () => client.close() }
  })

  everyLaw("ioredis, behind sentinels", async () => {
    const client = new Redis({ name: "main", sentinels: sentinels() })
    return { store: redisStore(client), close: () => client.quit() }
  })
})
