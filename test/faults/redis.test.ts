import { Redis } from "ioredis"
import { createClient } from "redis"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { redisStore } from "../../src/stores/redis.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import { startRedis } from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { type Counted, newCookie, suffer, TIMEOUT } from "./crowd.ts"

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

describe.each(["redis", "ioredis"] as const)("sessions in Redis through the client %s", (name) => {
  let sessions: Sessions<Counted>
  let close: () => Promise<void>
  beforeAll(async () => {
    const opened = await CLIENTS[name](`redis://127.0.0.1:${proxy.port}`)
    close = opened.close
    sessions = createSessions<Counted>({ store: redisStore(opened.client), timeout: TIMEOUT / 1000 })
  })
  afterAll(() => close())

  it("survive kill -9 and a restart of the server", async () => {
    expect((await suffer(sessions, server.kill, server.restart)).lost).toBe(0)
  })

  it("survive a server that stops answering for a while", async () => {
    expect((await suffer(sessions, server.pause, server.resume)).lost).toBe(0)
  })

  it("fail within the timeout, no later", async () => {
    const headers = { cookie: await newCookie(sessions) }
    server.pause()
    const start = performance.now()
    await expect(sessions.open(headers).load()).rejects.toMatchObject({
      code: "ERR_SESSION_STORE",
      statusCode: 503,
    })
    const took = performance.now() - start
    server.resume()
    expect(took).toBeGreaterThan(TIMEOUT - 50)
    expect(took).toBeLessThan(TIMEOUT + 500)
    expect((await sessions.open(headers).load()).data).toEqual({ n: 1 })
  })

  it("see the truth after an answer was lost on its way", async () => {
    const cookie = await newCookie(sessions)
    const [one, other] = await Promise.all([
      sessions.open({ cookie }).load(),
      sessions.open({ cookie }).load(),
    ])
    proxy.dropAnswers()
    one.data.n = 2
    await expect(one.save()).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    proxy.passAnswers()
    // The server has kept the 2. Nobody was told, and yet nobody may count on from the 1.
    await expect
      .poll(
        () =>
          sessions
            .open({ cookie })
            .load()
            .then(
              ({ data }) => data.n,
              () => undefined,
            ),
        { timeout: 5000 },
      )
      .toBe(2)
    await other.update((data) => {
      data.n = (data.n ?? 0) + 1
    })
    expect((await sessions.open({ cookie }).load()).data).toEqual({ n: 3 })
  })
})
