import { Redis } from "ioredis"
import { createClient } from "redis"
import { afterAll, beforeAll, describe } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { redisStore } from "../../src/stores/redis/index.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import { startRedis } from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"
import { type Counted, TIMEOUT } from "./crowd.ts"
import { outages } from "./outage.ts"

const CLIENTS = {
  redis: async (url: string) => {
    const client = createClient({ url })
    client.on("error", () => {}) // without a listener the client throws them at the process
    await client.connect()
    return { client, close: async () => client.destroy() }
  },
  ioredis: async (url: string) => {
    const client = new Redis(url)
    client.on("error", () => {})
    return { client, close: async () => client.disconnect() }
  },
}

describeServer("redis", "sessions in Redis", () => {
  let server: Server
  let proxy: Wire
  beforeAll(async () => {
    server = await startRedis()
    proxy = await startProxy(server.port)
  })
  afterAll(async () => {
    await proxy.close()
    await server.close()
  })

  describe.each(["redis", "ioredis"] as const)("through the client %s", (name) => {
    let sessions: Sessions<Counted>
    let close: () => Promise<void>
    beforeAll(async () => {
      const opened = await CLIENTS[name](`redis://127.0.0.1:${proxy.port}`)
      close = opened.close
      sessions = createSessions<Counted>({ store: redisStore(opened.client), timeout: TIMEOUT / 1000 })
    })
    afterAll(() => close())

    outages(() => ({ sessions, server, proxy }))
  })
})
