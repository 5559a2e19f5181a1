import { Cluster, Redis } from "ioredis"
import { createClient, createClientPool, createCluster, createSentinel } from "redis"
import { describe, expect, it } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { type RedisStoreOptions, redisStore } from "../../src/stores/redis/index.ts"
import { follows, keysIn, startRedis, startRedisSentinel, startRedisWithSlots } from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"

type Client = Parameters<typeof redisStore>[0]

interface Opened {
  readonly client: Client
  close(): unknown
}

/** How a client that was handed in without any time limit is made. */
const CLIENTS: Readonly<Record<string, (port: number) => Promise<Opened>>> = {
  async ioredis(port) {
    const client = quiet(new Redis(port, { maxRetriesPerRequest: null }))
    return { client, close: () => client.disconnect() }
  },
  async "ioredis, which connects with the first command"(port) {
    const client = quiet(new Redis(port, { maxRetriesPerRequest: null, lazyConnect: true }))
    return { client, close: () => client.disconnect() }
  },
  async redis(port) {
    const client = quiet(createClient({ url: `redis://127.0.0.1:${port}`, commandOptions: {} }))
    await client.connect()
    return { client, close: () => client.destroy() }
  },
  async "redis, a pool"(port) {
    const client = quiet(createClientPool({ url: `redis://127.0.0.1:${port}` }, { minimum: 3 }))
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

const CLUSTERS: typeof CLIENTS = {
  async "ioredis, a cluster"(port) {
    const client = quiet(new Cluster([{ host: "127.0.0.1", port }]))
    return { client, close: () => client.disconnect() }
  },
  async "redis, a cluster"(port) {
    const client = quiet(createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] }))
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

/** Without a listener a client throws its errors at the process. */
function quiet<C extends { on(event: "error", listener: () => void): unknown }>(client: C): C {
  client.on("error", () => {})
  return client
}

/** Shorter than it takes any client to find a server that came back. */
const TIMEOUT = 0.4
const MANY = 100

/** A login begins with a look at the user's mark, and a new cart with a write. */
async function begin(sessions: Sessions, userId?: string): Promise<void> {
  const session = await sessions.open({}).load()
  if (userId) session.login(userId)
  session.data.cart = "pen"
  await sessions.commit(session)
}

/** Logs in while the server is away, and looks at what is there when it is back. */
async function outage(
  { client }: Opened,
  options: RedisStoreOptions,
  { port }: { readonly port: number },
  leave: () => Promise<unknown>,
  comeBack: () => Promise<{ readonly port: number }>,
): Promise<void> {
  const sessions = createSessions({ store: redisStore(client, options), timeout: TIMEOUT })
  const patient = createSessions({ store: redisStore(client) })
  const isIn = (): Promise<string> => begin(patient, "ada").then(() => "in", String)
  await expect.poll(isIn, { timeout: 10_000 }).toBe("in")
  const before = (await keysIn(port, SESSIONS)).length
  await leave()
  const refused = await Promise.allSettled(
    Array.from({ length: MANY }, (_, n) => begin(sessions, n % 2 === 0 ? "ada" : undefined)),
  )
  expect(refused.filter(({ status }) => status === "fulfilled")).toEqual([])
  const next = await comeBack()
  // Whatever a client sends by itself it has sent by the time that it has answered this.
  await expect.poll(isIn, { timeout: 20_000 }).toBe("in")
  await begin(patient, "ada")
  expect(await keysIn(next.port, SESSIONS)).toHaveLength(before + 2)
}

const SESSIONS = "holdfast:session:*"

describeServer("redis", "sessions whose making was given up while Redis was away", () => {
  const comeBack = (server: Server) => async (): Promise<Server> => {
    await server.restart()
    return server
  }

  describe.each(Object.entries(CLIENTS))("through %s", (_name, open) => {
    it.each([
      ["", {}],
      ["where replicas confirm writes ", { wait: { replicas: 1, timeout: 2 } }],
    ])("are not made %swhen it is back", async (_where, options) => {
      const server = await startRedis()
      const replica =
        "wait" in options
          ? await startRedis({
              args: ["--replicaof", "127.0.0.1", `${server.port}`, "--repl-diskless-sync-delay", "0"],
            })
          : undefined
      if (replica) await follows(replica)
      const opened = await open(server.port)
      try {
        await outage(opened, options, server, server.kill, comeBack(server))
      } finally {
        await opened.close()
        await replica?.close()
        await server.close()
      }
    })
  })

  it.each(Object.entries(CLIENTS))("through %s, are not made after it hung and died", async (_name, open) => {
    const server = await startRedis()
    const opened = await open(server.port)
    const die = async (): Promise<Server> => {
      await server.kill()
      await server.restart()
      return server
    }
    try {
      await outage(opened, {}, server, async () => server.pause(), die)
    } finally {
      await opened.close()
      await server.close()
    }
  })

  it.each(Object.entries(CLUSTERS))("through %s, are not made when it is back", async (_name, open) => {
    const server = await startRedisWithSlots()
    const opened = await open(server.port)
    try {
      await outage(opened, {}, server, server.kill, comeBack(server))
    } finally {
      await opened.close()
      await server.close()
    }
  })

  it.each([
    ["", {}],
    ["where replicas confirm writes, ", { wait: { replicas: 1, timeout: 2 } }],
  ])(
    "through Sentinel, %sare not made on the next primary",
    async (_where, options) => {
      const { servers, close } = await startRedisSentinel()
      const sentinelRootNodes = servers.slice(2).map(({ port }) => ({ host: "127.0.0.1", port }))
      const client = quiet(createSentinel({ name: "main", sentinelRootNodes }))
      await client.connect()
      const opened: Opened = { client, close: () => client.destroy() }
      try {
        await outage(opened, options, servers[0]!, servers[0]!.kill, async () => servers[1]!)
      } finally {
        await opened.close()
        await close()
      }
    },
    60_000,
  )
})
