import { Redis } from "ioredis"
import { createSentinel } from "redis"
import { afterAll, beforeAll } from "vitest"
import { redisStore } from "../../src/stores/redis.ts"
import { storeLaws } from "../../src/testing/index.ts"
import { type ServerGroup, startRedisSentinel } from "../services/redis.ts"
import { describeStore } from "../services/service.ts"

describeStore("redis-sentinel", () => {
  let group: ServerGroup
  const sentinels = (): { host: string; port: number }[] =>
    group.servers.slice(2).map(({ port }) => ({ host: "127.0.0.1", port }))
  beforeAll(async () => {
    group = await startRedisSentinel()
  })
  afterAll(() => group.close())

  storeLaws("redis, behind sentinels", async () => {
    const client = await createSentinel({ name: "main", sentinelRootNodes: sentinels() }).connect()
    const wait = { replicas: 1, timeout: 5 }
    return { store: redisStore(client, { wait }), close: () => client.close() }
  })

  storeLaws("ioredis, behind sentinels", async () => {
    const client = new Redis({ name: "main", sentinels: sentinels() })
    return { store: redisStore(client), close: () => client.quit() }
  })
})
