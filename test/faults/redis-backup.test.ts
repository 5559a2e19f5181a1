import { execFile } from "node:child_process"
import { cp, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { createClient, type RedisClientType } from "redis"
import { expect, it, vi } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { redisStore } from "../../src/stores/redis/index.ts"
import { startRedis } from "../services/redis.ts"
import { findProgram, type Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"
import { type Counted, cookieOf } from "./crowd.ts"

interface Way {
  /** Copies what the server has into `place`, while it serves. */
  readonly back: (server: Server, client: RedisClientType, place: string) => Promise<void>
  /** How the restored server starts. */
  readonly args: readonly string[]
}

/** What `docs/stores/redis.md` says. */
const WAYS: Readonly<Record<string, Way>> = {
  "redis-cli --rdb": {
    async back({ port }, _client, place) {
      const command = findProgram("valkey-cli") ?? findProgram("redis-cli")
      await promisify(execFile)(command!, ["-p", `${port}`, "--rdb", join(place, "dump.rdb")])
    },
    args: ["--appendonly", "no"],
  },
  "BGSAVE and a copy": {
    async back(_server, client, place) {
      const before = String(await client.sendCommand(["LASTSAVE"]))
      await vi.waitFor(() => Promise.resolve(Number(before) < Math.floor(Date.now() / 1000) || expect.fail()))
      await client.sendCommand(["BGSAVE"])
      await vi.waitFor(
        async () => expect(String(await client.sendCommand(["LASTSAVE"]))).not.toBe(before),
        10_000,
      )
      await cp(join(await directoryOf(client), "dump.rdb"), join(place, "dump.rdb"))
    },
    args: ["--appendonly", "no"],
  },
  "a copy of the append-only files": {
    async back(_server, client, place) {
      await client.configSet("auto-aof-rewrite-percentage", "0")
      await vi.waitFor(async () =>
        expect(await client.info("persistence")).toContain("aof_rewrite_in_progress:0"),
      )
      await cp(join(await directoryOf(client), "appendonlydir"), join(place, "appendonlydir"), {
        recursive: true,
      })
    },
    args: [],
  },
}

async function directoryOf(client: RedisClientType): Promise<string> {
  return (await client.configGet("dir")).dir!
}

async function login(sessions: Sessions<Counted>, userId: string, seconds?: number): Promise<string> {
  const session = await sessions.open({}).load()
  session.login(userId)
  session.data.n = 7
  if (seconds !== undefined) session.setExpiry(seconds)
  return cookieOf(await sessions.commit(session))
}

/** Writes all the while, until `work` is done. */
async function underLoad<T>(sessions: Sessions<Counted>, work: () => Promise<T>): Promise<T> {
  let isOver = false
  const cookies = await Promise.all(Array.from({ length: 4 }, () => login(sessions, "writer")))
  const writing = cookies.map(async (cookie) => {
    for (let n = 0; !isOver; n++) {
      const session = await sessions.open({ cookie }).load()
      session.data.n = n
      await sessions.commit(session)
    }
  })
  try {
    return await work()
  } finally {
    isOver = true
    await Promise.all(writing)
  }
}

async function connectedTo({ url }: Server): Promise<RedisClientType> {
  return (await createClient({ url })
    .on("error", () => {})
    .connect()) as RedisClientType
}

describeServer("redis", "a backup of Redis taken under load", () => {
  it.each(Object.entries(WAYS))("by %s brings sessions back on another server", async (_name, {
    back,
    args,
  }) => {
    const place = await mkdtemp(join(tmpdir(), "holdfast-backup-"))
    const server = await startRedis()
    const client = await connectedTo(server)
    const before = createSessions<Counted>({ store: redisStore(client) })
    try {
      const [ada, bob, brief] = [
        await login(before, "ada"),
        await login(before, "bob"),
        await login(before, "ada", 1),
      ]
      await underLoad(before, () => back(server, client, place))
      const leaving = await before.open({ cookie: bob }).load()
      leaving.logout()
      await before.commit(leaving)
      const eve = await login(before, "eve")
      await server.kill()

      const prepare = (directory: string): Promise<void> => cp(place, directory, { recursive: true })
      const next = await startRedis({ args, prepare })
      const nextClient = await connectedTo(next)
      try {
        await nextClient.configSet("appendonly", "yes")
        const sessions = createSessions<Counted>({ store: redisStore(nextClient) })
        const found = await sessions.open({ cookie: ada }).load()
        expect({ user: found.userId, data: found.data }).toEqual({ user: "ada", data: { n: 7 } })
        found.data.n = 8
        await sessions.commit(found)
        expect((await sessions.open({ cookie: ada }).load()).data.n).toBe(8)
        // What came after the backup did not happen.
        expect((await sessions.open({ cookie: bob }).load()).userId).toBe("bob")
        expect((await sessions.open({ cookie: eve }).load()).userId).toBeNull()
        await vi.waitFor(
          async () => expect((await sessions.open({ cookie: brief }).load()).userId).toBeNull(),
          5000,
        )
        expect(await sessions.list("ada")).toHaveLength(1)
        expect(await sessions.revokeUser("writer")).toBe(4)
        await vi.waitFor(async () =>
          expect(await nextClient.info("persistence")).toMatch(/aof_enabled:1.*aof_rewrite_in_progress:0/s),
        )
      } finally {
        nextClient.destroy()
        await next.close()
      }
    } finally {
      client.destroy()
      await server.close()
      await rm(place, { recursive: true })
    }
  })
})
