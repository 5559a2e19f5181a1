import { Redis } from "ioredis"
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

storeLaws("ioredis", async () => {
  const client = new Redis(server.url, { keyPrefix: "mine:" })
  return { store: redisStore(client), close: () => client.quit() }
})
