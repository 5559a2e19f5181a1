import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { createClient } from "redis"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { createSessions } from "../../src/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { commandLineLaws } from "../laws/cli-laws.ts"
import { finish } from "../laws/cli-process.ts"
import { holdfast, problemsOf } from "../laws/cli-run.ts"
import { signIn } from "../laws/cli-sessions.ts"
import { startProxy } from "../services/proxy.ts"
import { startRedis, startRedisCluster, startRedisSentinel } from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { describeServer, describeStore } from "../services/service.ts"

const mark = randomBytes(4).toString("hex")

for (const name of ["postgres", "mariadb"] as const)
  describeStore(name, (urls) => {
    const withTable = (table: string): string => {
      const url = new URL(urls[name])
      url.searchParams.set("table", `cli_${mark}_${table}`)
      return url.href
    }
    commandLineLaws(withTable, { removed: 3 })

    it("tells doctor's reader that the table is missing", async () => {
      const { code, stdout } = await holdfast(["doctor"], { store: withTable("none") })
      expect(code).toBe(1)
      expect(stdout).toMatch(/✗ table.*\n.*Run: holdfast migrate/)
    })

    it("refuses an unknown database in one sentence, without the password", async () => {
      const url = new URL(urls[name])
      url.username = "ada"
      url.password = "hunter2"
      url.pathname = "/nowhere"
      const { code, stdout, stderr } = await holdfast(["list", "--user", "ada"], { store: url.href })
      expect({ code, stdout, lines: stderr.split("\n").length }).toEqual({ code: 3, stdout: "", lines: 2 })
      expect(stderr).toContain("can't be reached")
      expect(stderr).not.toContain("hunter2")
    })
  })

describeStore("redis", ({ redis }) => {
  commandLineLaws((name) => `${redis}?prefix=cli:${mark}:${name}:`)

  it("takes a prefix for what it says, not for a pattern", async () => {
    const [bobs = ""] = await signIn(`${redis}?prefix=cli:${mark}:a:`, "bob")
    const stars = `${redis}?prefix=cli:${mark}:*:`
    await signIn(stars, "ada")
    await holdfast(["revoke", "--all", "--yes"], { store: stars })
    expect((await holdfast(["show", bobs], { store: `${redis}?prefix=cli:${mark}:a:` })).code).toBe(0)
  })
})

describeServer("redis", "the command line", () => {
  it("tells doctor's reader what may lose sessions", async () => {
    const server = await startRedis({
      args: ["--appendonly", "no", "--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"],
    })
    try {
      const client = await createClient({ url: server.url }).connect()
      await client.configSet("requirepass", "hunter2")
      await client.close()
      const url = (password: string): string => `redis://:${password}@127.0.0.1:${server.port}`
      const bad = await holdfast(["doctor"], { store: url("hunter2") })
      expect(bad.code).toBe(1)
      expect(bad.stdout).toMatch(/✗ memory.*allkeys-lru\n.*noeviction/)
      expect(bad.stdout).toMatch(/✗ persistence +none\n.*appendonly yes/)
      const refused = await holdfast(["doctor", "--verbose"], { store: url("hunter3") })
      expect(refused.code).toBe(1)
      expect(refused.stdout).toContain("refuses the user or the password")
      expect(JSON.stringify([bad, refused])).not.toMatch(/hunter[23]/)
    } finally {
      await server.close()
    }
  })

  it("goes on after the server was away, and ends no process over it", async () => {
    const server = await startRedis()
    const errors: Error[] = []
    const store = await storeFromUrl(server.url, { onError: (error) => errors.push(error) })
    try {
      const sessions = createSessions({ store, timeout: 1 })
      const id = "a".repeat(64)
      await store.create({ id, userId: null, payload: "x", expiresAt: Date.now() + 60_000 })
      await server.kill()
      await expect(sessions.find(id)).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
      const cut = await holdfast(["list", "--user", "ada"], { store: server.url })
      expect(cut).toMatchObject({ code: 3, stdout: "" })
      expect(cut.stderr).toContain("ECONNREFUSED")
      await server.restart()
      await vi.waitFor(async () => expect((await store.read(id))?.record.payload).toBe("x"), 30_000)
      expect(errors.length).toBeGreaterThan(0)
    } finally {
      await store.close()
      await server.close()
    }
  })
})

for (const name of ["postgres", "mariadb", "redis", "memcached"] as const)
  describeStore(name, (urls) => {
    it("warns whoever clears it of clocks that differ, and looks no further", async () => {
      const url = new URL(urls[name])
      if (url.pathname !== "") url.searchParams.set("table", `cli_${mark}_clock`)
      const store = url.href
      await holdfast(["migrate"], { store })
      const preload = join(import.meta.dirname, "../fixtures/clock-ahead.ts")
      const skew =
        /^holdfast: The store's clock is (?:59[789]|60[0-3])(?:\.\d)? s behind this machine\. Sessions end .* NTP .*\n$/
      for (const args of [["clear-expired"], ["clear-expired", "--dry-run"]]) {
        const ahead = await finish(args, { store, preload })
        expect(ahead).toMatchObject({ code: 0, stderr: expect.stringMatching(skew) })
        expect(await finish(args, { store })).toMatchObject({ code: 0, stderr: "" })
      }
    })
  })

for (const name of ["postgres", "mariadb", "redis"] as const)
  describeStore(name, (urls) => {
    it("goes on after its connections were cut, at rest and at work, and ends no process over it", async () => {
      const direct = new URL(urls[name])
      const wire = await startProxy(Number(direct.port))
      direct.port = `${wire.port}`
      if (name !== "redis") direct.searchParams.set("table", `cli_${mark}_cut`)
      const errors: Error[] = []
      const store = await storeFromUrl(direct.href, { onError: (error) => errors.push(error) })
      try {
        await store.migrate()
        const record = {
          id: mark.padEnd(64, "0"),
          userId: null,
          payload: "x",
          expiresAt: Date.now() + 60_000,
        }
        await store.create(record)
        const isThere = async (): Promise<void> =>
          expect((await store.read(record.id))?.record).toEqual(record)
        wire.cut()
        await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0), 30_000)
        await vi.waitFor(isThere, 30_000)
        wire.dropAnswers()
        await expect(Promise.race([store.read(record.id), late()])).rejects.toThrow()
        wire.passAnswers()
        await vi.waitFor(isThere, 30_000)
      } finally {
        await store.close()
        await wire.close()
      }
    })
  })

/** Gives up on a client that asks again and again by itself. */
function late(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("no answer within 2 s")), 2000))
}

const hostsOf = (servers: readonly Server[]): string =>
  servers.map(({ port }) => `127.0.0.1:${port}`).join(",")

/** Starts a group of servers, which takes seconds to agree with each other, while the other tests run. */
function early<Group>(start: () => Promise<Group>): Promise<Group> {
  const starting = start()
  starting.catch(() => {}) // told to whoever waits for it
  return starting
}

describeStore("redis-cluster", () => {
  const starting = early(startRedisCluster)
  let group: Awaited<typeof starting>
  beforeAll(async () => {
    group = await starting
  })
  afterAll(() => group.close())
  commandLineLaws((name) => `redis+cluster://${hostsOf(group.servers.slice(0, 2))}?prefix=${name}:`)
})

describeStore("redis-sentinel", () => {
  const starting = early(startRedisSentinel)
  let group: Awaited<typeof starting>
  beforeAll(async () => {
    group = await starting
  })
  afterAll(() => group.close())
  commandLineLaws((name) => `redis+sentinel://${hostsOf(group.servers.slice(2))}/main?prefix=${name}:`)
})

describeStore("memcached", ({ memcached }) => {
  it("shows and ends a session, and says what memcached can't", async () => {
    const store = `${memcached}?prefix=cli:${mark}:`
    const [id = ""] = await signIn(store, "ada")
    expect((await holdfast(["show", id], { store })).stdout).toContain('"ada"')
    expect(await problemsOf(store)).toEqual([])
    expect((await holdfast(["doctor"], { store })).stdout).toMatch(/[✓!] server +memcached 1\.\d/)
    for (const args of [
      ["list", "--user", "ada"],
      ["revoke", "--user", "ada"],
      ["revoke", "--all", "--yes"],
    ])
      expect(await holdfast(args, { store })).toMatchObject({ code: 2, stdout: "" })
    expect((await holdfast(["revoke", id], { store })).code).toBe(0)
    expect((await holdfast(["clear-expired"], { store })).code).toBe(0)
  })
})
