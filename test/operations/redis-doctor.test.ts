import { rmSync } from "node:fs"
import { createClient } from "redis"
import { expect, it, vi } from "vitest"
import type { Finding } from "../../src/stores/backend.ts"
import { addressOf } from "../../src/stores/url/address.ts"
import { openBackend } from "../../src/stores/url/open.ts"
import {
  demote,
  follows,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  startRedisWithSlots,
} from "../services/redis.ts"
import { startRedisWithTls } from "../services/redis-tls.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"

/** What is found of the server behind a URL, by name. */
async function inspected(url: string): Promise<Record<string, Finding>> {
  const { store, upkeep } = await openBackend(addressOf(url), { onError: () => {}, mayCreate: false })
  try {
    await upkeep.connected()
    return Object.fromEntries((await upkeep.inspect()).map((finding) => [finding.name, finding]))
  } finally {
    await store.close()
  }
}

async function withServer(
  args: readonly string[],
  look: (server: Server, told: (...command: string[]) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const server = await startRedis({ args })
  const client = await createClient({ url: server.url })
    .on("error", () => {})
    .connect()
  try {
    await look(server, (...command) => client.sendCommand(command))
  } finally {
    client.destroy()
    await server.close()
  }
}

describeServer("redis", "what doctor says of a Redis server", () => {
  it("nothing bad of a good one", () =>
    withServer(["--maxmemory", "100mb"], async ({ url }) => {
      const findings = await inspected(url)
      expect(Object.values(findings).filter(({ problem, remark }) => problem ?? remark)).toEqual([])
      expect(Object.keys(findings)).toEqual([
        "server",
        "role",
        "memory",
        "persistence",
        "connections",
        "clock",
      ])
      expect(findings.role?.value).toBe("primary of 0 replicas")
    }))

  it("that it is a replica", async () => {
    const [primary, replica] = [await startRedis(), await startRedis()]
    try {
      await demote(replica, primary)
      await follows(replica)
      const { role } = await inspected(replica.url)
      expect(role).toMatchObject({ problem: expect.stringContaining("takes no writes"), isUnwritable: true })
      expect(role?.value).toBe(`replica of 127.0.0.1:${primary.port}`)
      expect((await inspected(primary.url)).role).toEqual({ name: "role", value: "primary of 1 replica" })
      replica.pause()
      await vi.waitFor(
        async () => expect((await inspected(primary.url)).role?.problem).toMatch(/lags behind/),
        { timeout: 20_000, interval: 500 },
      )
      replica.resume()
    } finally {
      await Promise.all([primary, replica].map((server) => server.close()))
    }
  }, 60_000)

  it("that it waits for replicas which are not there", () =>
    withServer(["--min-replicas-to-write", "1"], async ({ url }) => {
      expect((await inspected(url)).role?.problem).toMatch(/fewer than 1 replicas/)
    }))

  it("that it is one node of a Cluster, where the URL says that it stands alone", async () => {
    const server = await startRedisWithSlots()
    try {
      expect((await inspected(server.url)).cluster).toMatchObject({
        problem: expect.stringContaining("redis+cluster://"),
        isUnwritable: true,
      })
      const { store } = await openBackend(addressOf(server.url), { onError: () => {}, mayCreate: false })
      await store.close()
    } finally {
      await server.close()
    }
  })

  it("that a Cluster has lost slots; and of each node by its address", async () => {
    const { servers, close } = await startRedisCluster()
    try {
      const [first] = servers
      const url = `redis+cluster://127.0.0.1:${first!.port}`
      const whole = await inspected(url)
      expect(Object.values(whole).filter(({ problem, remark }) => problem ?? remark)).toEqual([])
      expect(whole[`127.0.0.1:${first!.port} cluster`]).toEqual({
        name: `127.0.0.1:${first!.port} cluster`,
        value: "ok, 6 nodes",
      })
      const client = await createClient({ url: first!.url }).connect()
      await client.sendCommand(["CLUSTER", "DELSLOTS", "0"])
      await client.close()
      const { problem, value } = (await inspected(url))[`127.0.0.1:${first!.port} cluster`]!
      expect({ problem, value }).toEqual({
        problem: expect.stringContaining("no server holds"),
        value: expect.stringContaining("16383 of 16384 slots"),
      })
    } finally {
      await close()
    }
  }, 60_000)

  it("that its memory is full, or nearly, or that it throws keys away", () =>
    withServer(["--maxmemory", "100kb", "--maxmemory-policy", "noeviction"], async ({ url }, told) => {
      expect((await inspected(url)).memory).toMatchObject({
        value: expect.stringMatching(/M of 100\.00K, maxmemory-policy noeviction$/),
        problem: expect.stringMatching(/^It is full/),
      })
      await told("CONFIG", "SET", "maxmemory", "20mb")
      const used = async (): Promise<number> =>
        Number(/used_memory:(\d+)/.exec(String(await told("INFO", "memory")))![1]) / 1024 / 1024
      for (let n = 0; (await used()) < 18.5; n++) await told("SET", `${n}`, "x".repeat(200_000))
      expect((await inspected(url)).memory?.problem).toMatch(/^It is nearly full/)
      await told("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", "100mb")
      expect((await inspected(url)).memory?.problem).toMatch(/^When it is full it throws keys away/)
    }))

  it("that nothing outlives it, or not all, or that its disk fails", () =>
    withServer(["--appendonly", "no"], async ({ url }, told) => {
      expect((await inspected(url)).persistence).toMatchObject({ value: "none" })
      await told("CONFIG", "SET", "save", "3600 1")
      expect((await inspected(url)).persistence).toMatchObject({ value: "snapshots only" })
      const [, directory] = Object.entries((await told("CONFIG", "GET", "dir")) as object)[0]!
      rmSync(String(directory), { recursive: true })
      await told("BGSAVE")
      await vi.waitFor(
        async () => expect((await inspected(url)).persistence?.problem).toMatch(/can't write to its disk/),
        { timeout: 10_000, interval: 100 },
      )
    }))

  it("that it is loading its data", () =>
    withServer(
      ["--key-load-delay", "3000", "--loading-process-events-interval-bytes", "1024"],
      async (server, told) => {
        for (let n = 0; n < 2000; n += 100)
          await told(
            "MSET",
            ...Array.from({ length: 100 }, (_, k) => [`key ${n + k}`, "x".repeat(100)]).flat(),
          )
        await told("CONFIG", "SET", "appendonly", "yes")
        await told("SAVE")
        await told("BGREWRITEAOF")
        await vi.waitFor(async () =>
          expect(String(await told("INFO", "persistence"))).toMatch(/aof_rewrite_in_progress:0/),
        )
        await server.kill()
        const restarting = server.restart()
        await vi.waitFor(
          async () => expect((await inspected(server.url)).server?.problem).toMatch(/is loading its data/),
          { timeout: 10_000, interval: 20 },
        )
        await restarting
        expect((await inspected(server.url)).server?.problem).toBeUndefined()
      },
    ))

  it("that it takes hardly any more connections", () =>
    withServer(["--maxclients", "10"], async ({ url }) => {
      const clients = await Promise.all(
        Array.from({ length: 8 }, () =>
          createClient({ url })
            .on("error", () => {})
            .connect(),
        ),
      )
      expect((await inspected(url)).connections).toEqual({
        name: "connections",
        value: "10 of 10",
        problem: expect.stringContaining("maxclients"),
      })
      for (const client of clients) client.destroy()
    }))

  it("that keys of sessions have no deadline, or that others have keys there", () =>
    withServer([], async ({ url }, told) => {
      const id = "a".repeat(32)
      await told("SET", "holdfast:queue", "1")
      expect((await inspected(url)).keys).toMatchObject({ value: "1 of something else" })
      expect((await inspected(`${url}?prefix=shop:`)).keys).toBeUndefined()
      await told("SET", `holdfast:session:${id}`, "x", "PX", "60000")
      await told("ZADD", `holdfast:user:${"b".repeat(22)}`, "1", id)
      expect((await inspected(url)).keys).toMatchObject({
        value: "1 without a deadline",
        problem: expect.stringContaining("UNLINK"),
      })
    }))

  it("that its scripts are refused", () =>
    withServer([], async ({ url, port }, told) => {
      await told("ACL", "SETUSER", "app", "on", ">hunter2", "~*", "+@all", "-@scripting")
      const { scripts } = await inspected(`redis://app:hunter2@127.0.0.1:${port}`)
      expect(scripts).toMatchObject({ value: "refused", problem: expect.stringContaining("+eval") })
      expect(scripts!.problem).not.toContain("..")
      expect((await inspected(url)).scripts).toBeUndefined()
    }))

  it("that Sentinels can't fail over, or that one of them is away", async () => {
    const { servers, close } = await startRedisSentinel()
    try {
      const sentinels = servers.slice(2)
      const url = `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/main`
      expect((await inspected(url)).sentinels).toEqual({ name: "sentinels", value: "3 of 3 answer" })
      await sentinels[2]!.kill()
      expect((await inspected(url)).sentinels).toEqual({
        name: "sentinels",
        value: "2 of 3 answer",
        problem: expect.stringContaining(`127.0.0.1:${sentinels[2]!.port}`),
      })
      await sentinels[1]!.kill()
      await vi.waitFor(
        async () => expect((await inspected(url)).sentinels?.problem).toMatch(/can't fail over/),
        { timeout: 15_000, interval: 200 },
      )
    } finally {
      await close()
    }
  }, 60_000)

  it("that the port speaks no TLS", () =>
    withServer([], async ({ url }) => {
      await expect(inspected(url.replace("redis:", "rediss:"))).rejects.toThrow(/speaks no TLS: write redis:/)
    }))

  it("that the port speaks TLS, or that its certificate is not trusted", async ({ skip }) => {
    const server = await startRedisWithTls()
    if (!server) return skip("no openssl here")
    try {
      await expect(inspected(`redis://127.0.0.1:${server.port}`)).rejects.toThrow(/speaks TLS: write rediss:/)
      await expect(inspected(server.url)).rejects.toThrow(/NODE_EXTRA_CA_CERTS/)
    } finally {
      await server.close()
    }
  })

  it("that it takes connections and says nothing", async () => {
    const server = await startRedis()
    try {
      server.pause()
      await expect(inspected(server.url)).rejects.toThrow(/no answer within 5 s/)
      server.resume()
    } finally {
      await server.close()
    }
  })
})
