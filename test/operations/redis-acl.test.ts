import { createClient } from "redis"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { holdfast } from "../laws/cli-run.ts"
import { startRedis } from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"
import { rightsOf } from "./redis-rights.ts"

describeServer("redis", "a Redis user with few rights", () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.close())

  /** The URL of a user with these rights. */
  async function urlWith(name: string, rights: string): Promise<string> {
    const admin = await createClient({ url: server.url }).connect()
    await admin.sendCommand(["ACL", "SETUSER", name, "on", ">hunter2", ...rights.split(" ")])
    await admin.close()
    return `redis://${name}:hunter2@127.0.0.1:${server.port}`
  }

  const ENOUGH = {
    "those that the documentation lists for serving": rightsOf("serving"),
    "those that it lists for the command line too": `${rightsOf("serving")} ${rightsOf("operating")}`,
    "all of some categories": "~holdfast:* +@read +@write +@connection +@scripting",
    "all that are not dangerous": "~* &* +@all -@dangerous",
  }

  describe.each(Object.entries(ENOUGH))("and %s", (_what, rights) => {
    it("serves, signs in, lists and revokes, and doctor finds it good", async () => {
      const url = await urlWith(`user${Object.values(ENOUGH).indexOf(rights)}`, rights)
      const store = await storeFromUrl(url)
      try {
        const sessions = createSessions<{ n?: number }>({ store })
        const session = await sessions.open({}).load()
        session.login("ada")
        const { headers } = await sessions.commit(session)
        const cookie = headers.find(([name]) => name === "set-cookie")![1].split(";", 1)[0]!
        const next = await sessions.open({ cookie }).load()
        next.data.n = 1
        next.setExpiry(1_000_000)
        expect((await sessions.commit(next)).result).toBe("replace")
        expect((await sessions.open({ cookie }).load()).data).toEqual({ n: 1 })
        expect(await sessions.list("ada")).toHaveLength(1)
        expect(await sessions.revokeUser("ada")).toBe(1)
        expect(await sessions.clearExpired()).toBe(0)
        const { code, stdout } = await holdfast(["doctor", "--json"], { store: url })
        expect({
          code,
          findings: JSON.parse(stdout).findings.filter(({ problem }: { problem?: string }) => problem),
        }).toEqual({
          code: 0,
          findings: [],
        })
      } finally {
        await store.close()
      }
    })
  })

  it("and those that the documentation lists for the command line too ends all sessions", async () => {
    const url = await urlWith("operator", `${rightsOf("serving")} ${rightsOf("operating")}`)
    const store = await storeFromUrl(url)
    const sessions = createSessions({ store })
    const session = await sessions.open({}).load()
    session.login("eve")
    await sessions.commit(session)
    await store.close()
    const { code, stderr } = await holdfast(["revoke", "--all", "--yes"], { store: url })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect((await holdfast(["list", "--user", "eve", "--json"], { store: url })).stdout.trim()).toBe("[]")
  })

  it.each([
    ["one command of the scripts", "-zadd", /The Redis user may not run ZADD: .*\+zadd ~holdfast:\*/],
    ["several", "-zadd -pexpireat", /may not run PEXPIREAT, ZADD: /],
    ["scripts by their names", "-evalsha", /may not run EVALSHA: .*\+evalsha/],
    ["the keys", "resetkeys ~other:*", /may not touch the keys of sessions: .*~holdfast:\*/],
  ])("is told which rights it lacks: %s", async (_what, less, told) => {
    const url = await urlWith("poor", `${rightsOf("serving")} ${less}`)
    const store = await storeFromUrl(url)
    try {
      const record = { id: "a".repeat(32), userId: "ada", payload: "{}", expiresAt: Date.now() + 60_000 }
      await expect(store.create(record)).rejects.toThrow(told)
    } finally {
      await store.close()
    }
  })
})
