import { createClient, type RedisClientType } from "redis"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { redisStore } from "../../src/stores/redis/index.ts"
import { startRedis, startRedisWithSlots } from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"
import { cookieOf } from "./crowd.ts"

type Cart = { cart?: string }

const LIMIT = 3 * 1024 * 1024
/** What a server may need besides for a moment: buffers of connections, scripts. */
const ROOM = 200 * 1024
const ARGS = ["--maxmemory", `${LIMIT}`, "--maxmemory-policy", "noeviction"]

const SERVERS = {
  "a server": () => startRedis({ args: ARGS }),
  "a server whose slots keep keys apart": () => startRedisWithSlots(ARGS),
}

describeServer("redis", "a Redis whose memory is full", () => {
  describe.each(Object.entries(SERVERS))("%s", (_name, start) => {
    let server: Server
    let client: RedisClientType
    let sessions: Sessions<Cart>
    beforeAll(async () => {
      server = await start()
      client = (await createClient({ url: server.url }).connect()) as RedisClientType
      sessions = createSessions<Cart>({ store: redisStore(client), idle: 1000 })
    })
    afterAll(async () => {
      await client.close()
      await server.close()
    })

    async function login(userId: string, cart = "pen"): Promise<string> {
      const session = await sessions.open({}).load()
      session.login(userId)
      session.data.cart = cart
      return cookieOf(await sessions.commit(session))
    }

    async function used(): Promise<number> {
      return Number(/used_memory:(\d+)/.exec(await client.info("memory"))![1])
    }

    /** Fills the memory; gives the error of the first login that found no room. */
    async function fill(): Promise<Error> {
      for (let n = 0; n < 20_000; n++)
        try {
          await login(`filler ${n % 100}`, "x".repeat(1000))
        } catch (error) {
          return error as Error
        }
      throw new Error("the memory never got full")
    }

    it("refuses what grows, and takes all that asks for no room; with room made it takes everything", async () => {
      const [ada, bob, eve] = [await login("ada"), await login("bob"), await login("eve", "pen and paper")]
      await login("eve")
      expect(await fill()).toMatchObject({ code: "ERR_SESSION_STORE", cause: { message: /OOM/ } })

      // The refusal holds: not one of many more is let in.
      const before = await used()
      const more = await Promise.allSettled(Array.from({ length: 500 }, (_, n) => login(`late ${n % 7}`)))
      expect(more.filter(({ status }) => status === "fulfilled")).toEqual([])
      expect(await used()).toBeLessThan(before + ROOM)
      expect(await used()).toBeLessThan(LIMIT + ROOM)

      // A page that reads, one whose deadline is due, and a change that takes no more room.
      expect((await sessions.open({ cookie: ada }).load()).userId).toBe("ada")
      const due = createSessions<Cart>({ store: redisStore(client), idle: 10_000 })
      const reading = await due.open({ cookie: ada }).load()
      expect(reading.data.cart).toBe("pen")
      expect((await due.commit(reading)).result).toBe("touch")
      const smaller = await sessions.open({ cookie: eve }).load()
      smaller.data.cart = "pen"
      expect((await sessions.commit(smaller)).result).toBe("replace")
      const larger = await sessions.open({ cookie: eve }).load()
      larger.data.cart = "x".repeat(2000)
      await expect(sessions.commit(larger)).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
      expect((await sessions.open({ cookie: eve }).load()).data.cart).toBe("pen")

      // Ends.
      expect(await sessions.list("eve")).toHaveLength(2)
      await expect(sessions.revokeUser("eve")).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
      expect(await sessions.list("eve")).toEqual([])
      const leaving = await sessions.open({ cookie: bob }).load()
      leaving.logout()
      expect((await sessions.commit(leaving)).result).toBe("delete")
      expect((await sessions.open({ cookie: bob }).load()).userId).toBeNull()
      const [hers] = await sessions.list("ada")
      expect(await sessions.revoke(hers!.id)).toBe(true)
      expect((await sessions.open({ cookie: ada }).load()).userId).toBeNull()

      await client.configSet("maxmemory", `${2 * LIMIT}`)
      expect((await sessions.open({ cookie: await login("bob") }).load()).userId).toBe("bob")
      expect(await sessions.revokeUser("bob")).toBe(1)
    })
  })
})
