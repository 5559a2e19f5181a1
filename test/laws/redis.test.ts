import { createClient, createClientPool } from "redis"
import { afterAll, beforeAll } from "vitest"
import { redisStore } from "../../src/stores/redis.ts"
import { storeLaws } from "../../src/testing/index.ts"
import { startRedis } from "../services/redis.ts"
import type { Server } from "../services/server.ts"

let server: Server
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.close())

storeLaws("redis", async () => {
  const client = await createClient({ url: server.url }).connect()
  return { store: redisStore(client), close: () => client.close() }
})

storeLaws("redis, a pool of connections", async () => {
  const client = createClientPool({ url: server.url })
  await client.connect()
  return { store: redisStore(client), close: () => client.close() }
})
