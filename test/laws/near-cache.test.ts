import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createClient, createClientPool } from "redis"
import { afterEach, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { redisStore } from "../../src/stores/redis/index.ts"
import { storeLaws } from "../../src/testing/index.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import { describeStore } from "../services/service.ts"

interface Answer {
  readonly userId?: string | null
  readonly code?: string
  /** How many reads the cache has answered so far. */
  readonly hits: number
}

describeStore("redis", ({ redis: url }) => {
  const clientSideCache = { ttl: 60_000, maxEntries: 1000 }

  storeLaws("redis, read through the client's cache", async () => {
    const client = await createClient({ url, RESP: 3, clientSideCache }).connect()
    return { store: redisStore(client), close: () => client.close() }
  })

  storeLaws("redis, a pool of connections with a cache", async () => {
    const client = createClientPool({ url, RESP: 3 }, { clientSideCache })
    await client.connect()
    return { store: redisStore(client), close: () => client.close() }
  })

  const endings: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })

  /** Somebody signed in here, and another process that has read the session twice: once from its cache. */
  async function scene(
    ttl: number,
    wire?: Wire,
  ): Promise<{ ask(): Promise<Answer>; revoke(): Promise<unknown> }> {
    const prefix = `near-cache-${process.hrtime.bigint()}:`
    const client = await createClient({ url }).connect()
    endings.push(() => client.close())
    const sessions = createSessions({ store: redisStore(client, { prefix }) })
    const session = await sessions.open({}).load()
    session.login("ada")
    const { headers } = await sessions.commit(session)
    const cookie = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!

    const readerUrl = wire ? `redis://127.0.0.1:${wire.port}` : url
    const reader = fork(READER, [readerUrl, prefix, String(ttl)])
    endings.push(() => end(reader))
    await once(reader, "message")
    const ask = async (): Promise<Answer> => {
      const answer = once(reader, "message")
      reader.send(cookie)
      return (await answer)[0]
    }
    expect(await ask()).toEqual({ userId: "ada", hits: 0 })
    expect(await ask()).toEqual({ userId: "ada", hits: 1 })
    return { ask, revoke: () => sessions.revoke(session.id) }
  }

  it("ends a session in a process that has it in its cache as soon as the server says so", async () => {
    const { ask, revoke } = await scene(600_000)
    await revoke()
    // Ten minutes before the cache would forget it by itself.
    await expect.poll(async () => (await ask()).userId).toBe(null)
  })

  it("ends it within the cache's ttl when the connection has died without a sign", async () => {
    const ttl = 2000
    const wire = await startProxy(Number(new URL(url).port))
    endings.push(() => wire.close())
    const before = performance.now()
    const { ask, revoke } = await scene(ttl, wire)
    const cached = performance.now()
    wire.fallSilent()
    await revoke()
    let answer: Answer
    let asked: number
    let lastFound = cached // when it was asked, since an answer may take its time on a busy machine
    for (;;) {
      asked = performance.now()
      answer = await ask()
      if (answer.userId !== "ada") break
      lastFound = asked
    }
    expect(answer.code).toBe("ERR_SESSION_STORE")
    expect(asked - before, "the cache was in use").toBeGreaterThanOrEqual(ttl)
    expect(lastFound - cached).toBeLessThan(ttl + 50)
    expect((await ask()).code, "and stays ended").toBe("ERR_SESSION_STORE")
  })

  it("refuses a cache that nothing bounds", () => {
    const client = createClient({ url, RESP: 3, clientSideCache: { maxEntries: 1000 } })
    expect(() => redisStore(client)).toThrow(
      'The client\'s option "clientSideCache.ttl" must be a positive number of milliseconds',
    )
  })
})

async function end(reader: ChildProcess): Promise<void> {
  const gone = once(reader, "exit")
  reader.disconnect()
  await gone
}

const READER = join(import.meta.dirname, "../fixtures/near-cache-reader.ts")
