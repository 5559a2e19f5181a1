import { Cluster, Redis } from "ioredis"
import { createCluster, createSentinel } from "redis"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { type RedisStoreOptions, redisStore } from "../../src/stores/redis/index.ts"
import {
  becomesPrimary,
  demote,
  follows,
  type ServerGroup,
  startRedisCluster,
  startRedisSentinel,
  strand,
} from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { describeStore } from "../services/service.ts"
import { type Counted, type Suffered, suffer, TIMEOUT, type Watch } from "./crowd.ts"

type Client = Parameters<typeof redisStore>[0]

interface Case {
  readonly name: string
  readonly store: "redis-cluster" | "redis-sentinel"
  readonly start: () => Promise<ServerGroup>
  readonly connect: (group: ServerGroup) => Promise<{ client: Client; close: () => unknown }>
  /** Where the first primary's replica stands among the servers. */
  readonly replica: number
}

const CASES: readonly Case[] = [
  {
    name: "a cluster, through the client redis",
    store: "redis-cluster",
    start: startRedisCluster,
    replica: 3,
    async connect({ servers }) {
      const client = createCluster({ rootNodes: servers.map(({ url }) => ({ url })) })
      client.on("error", () => {})
      await client.connect()
      return { client, close: () => client.destroy() }
    },
  },
  {
    name: "a cluster, through the client ioredis",
    store: "redis-cluster",
    start: startRedisCluster,
    replica: 3,
    async connect({ servers }) {
      const client = new Cluster(servers.map(({ port }) => ({ host: "127.0.0.1", port })))
      client.on("error", () => {})
      return { client, close: () => client.disconnect() }
    },
  },
  {
    name: "sentinels, through the client redis",
    store: "redis-sentinel",
    start: startRedisSentinel,
    replica: 1,
    async connect({ servers }) {
      const sentinelRootNodes = servers.slice(2).map(({ port }) => ({ host: "127.0.0.1", port }))
      const client = createSentinel({ name: "main", sentinelRootNodes })
      client.on("error", () => {})
      await client.connect()
      return { client, close: () => client.destroy() }
    },
  },
  {
    name: "sentinels, through the client ioredis",
    store: "redis-sentinel",
    start: startRedisSentinel,
    replica: 1,
    async connect({ servers }) {
      const sentinels = servers.slice(2).map(({ port }) => ({ host: "127.0.0.1", port }))
      const client = new Redis({ name: "main", sentinels })
      client.on("error", () => {})
      return { client, close: () => client.disconnect() }
    },
  },
]

for (const setting of CASES)
  describeStore(setting.store, () => describe(`a failover of ${setting.name}`, () => failovers(setting)))

function failovers({ start, connect, replica: place }: Case): void {
  let group: ServerGroup
  let opened: Awaited<ReturnType<Case["connect"]>>
  /** The two that take turns in being the primary, the present one first. */
  let pair: readonly [primary: Server, replica: Server]
  beforeAll(async () => {
    group = await start()
    pair = [group.servers[0]!, group.servers[place]!]
    opened = await connect(group)
  })
  afterAll(async () => {
    await opened?.close()
    await group?.close()
  })

  /** Lets the primary die and its replica take over under load, and the dead come back as the replica. */
  async function failOver(
    options: RedisStoreOptions,
    before: (watch: Watch, primary: Server, replica: Server) => unknown,
  ): Promise<Suffered> {
    const store = redisStore(opened.client, options)
    const sessions: Sessions<Counted> = createSessions<Counted>({ store, timeout: TIMEOUT / 1000 })
    const [primary, replica] = pair
    const suffered = await suffer(
      sessions,
      async (watch) => {
        await before(watch, primary, replica)
        await primary.kill()
        replica.resume()
      },
      async () => {
        await becomesPrimary(replica)
        await primary.restart()
        if (start === startRedisSentinel) await demote(primary, replica)
      },
      { visitors: 24 },
    )
    pair = [replica, primary]
    await follows(primary)
    return suffered
  }

  it("ends the outage without a restart of the client", async () => {
    expect((await failOver({}, () => {})).acknowledged).toBeGreaterThan(0)
  })

  // The rest is the store's and the servers' doing, whatever the client.
  if (connect !== CASES[0]!.connect) return

  it("loses what only the dead primary had acknowledged", async () => {
    const { lost } = await failOver({}, async ({ allServed }, ...both) => {
      await strand(...both)
      await allServed()
    })
    expect(lost).toBeGreaterThan(0)
  })

  it("loses nothing acknowledged when replicas must confirm", async () => {
    const { lost } = await failOver(
      { wait: { replicas: 1, timeout: 0.5 } },
      async ({ anyFailed }, ...both) => {
        await strand(...both)
        await anyFailed()
      },
    )
    expect(lost).toBe(0)
  })
}
