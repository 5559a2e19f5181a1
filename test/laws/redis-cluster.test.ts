import { Cluster } from "ioredis"
import { createCluster } from "redis"
import { afterAll, beforeAll } from "vitest"
import { redisStore } from "../../src/stores/redis.ts"
import { storeLaws } from "../../src/testing/index.ts"
import { type ServerGroup, startRedisCluster } from "../services/redis.ts"

let group: ServerGroup
beforeAll(async () => {
  group = await startRedisCluster()
})
afterAll(() => group.close())

storeLaws("redis, a cluster", async () => {
  const client = await createCluster({ rootNodes: [{ url: group.servers[0]!.url }] }).connect()
  return { store: redisStore(client), close: () => client.close() }
})

storeLaws("ioredis, a cluster", async () => {
  const client = new Cluster([{ host: "127.0.0.1", port: group.servers[0]!.port }])
  const wait = { replicas: 1, timeout: 5 }
  return { store: redisStore(client, { wait }), close: () => client.quit() }
})
