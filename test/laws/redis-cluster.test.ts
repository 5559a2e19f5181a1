import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { Cluster } from "ioredis"
import { createCluster } from "redis"
import { afterAll, beforeAll, it } from "vitest"
import { redisStore } from "../../src/stores/redis/index.ts"
import { SWAP } from "../../src/stores/redis/scripts.ts"
import { type ServerGroup, startRedisCluster } from "../services/redis.ts"
import { describeStore } from "../services/service.ts"
import { everyLaw } from "./every-law.ts"

describeStore("redis-cluster", () => {
  let group: ServerGroup
  beforeAll(async () => {
    group = await startRedisCluster()
  })
  afterAll(() => group.close())

  everyLaw("redis, a cluster", async () => {
    const client = await createCluster({ rootNodes: [{ url: group.servers[0]!.url }] }).connect()
    return { store: redisStore(client), close: () => client.close() }
  })

  everyLaw("ioredis, a cluster", async () => {
    const client = new Cluster([{ host: "127.0.0.1", port: group.servers[0]!.port }])
    const wait = { replicas: 1, timeout: 5 }
    return { store: redisStore(client, { wait }), close: () => client.quit() }
  })

  it("lists a session although someone listed between the two writes of its login", async () => {
    const client = await createCluster({ rootNodes: [{ url: group.servers[0]!.url }] }).connect()
    let reach = (): void => {}
    let open = (): void => {}
    const reached = new Promise<void>((resolve) => {
      reach = resolve
    })
    const opened = new Promise<void>((resolve) => {
      open = resolve
    })
    const held = Object.create(client, {
      sendCommand: {
        value: async (key: string, isReadonly: boolean, args: string[]) => {
          if (args.includes(SWAP.sha)) {
            reach()
            await opened
          }
          return client.sendCommand(key, isReadonly, args)
        },
      },
    }) as typeof client
    const id = randomBytes(32).toString("hex")
    const record = { id, userId: `user-${id}`, payload: "{}", expiresAt: Date.now() + 60_000 }
    const creating = redisStore(held).create(record)
    await reached
    const store = redisStore(client)
    assert.deepEqual(await store.listByUser(record.userId), [])
    open()
    assert.notEqual(await creating, undefined)
    assert.deepEqual(await store.listByUser(record.userId), [record])
    await client.close()
  })
})
