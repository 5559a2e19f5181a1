import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { Cluster, Redis } from "ioredis"
import { createClient, createCluster } from "redis"
import { afterAll, beforeAll, it } from "vitest"
import { redisStore } from "../../src/stores/redis/index.ts"
import { ENLIST, SWAP } from "../../src/stores/redis/scripts.ts"
import { slotOf } from "../../src/stores/redis/slot.ts"
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
    return { store: redisStore(client), isIndexApart: true, close: () => client.close() }
  })

  everyLaw("ioredis, a cluster", async () => {
    const client = new Cluster([{ host: "127.0.0.1", port: group.servers[0]!.port }])
    const wait = { replicas: 1, timeout: 5 }
    return { store: redisStore(client, { wait }), isIndexApart: true, close: () => client.quit() }
  })

  it.each([
    [
      "redis",
      (url: string) => createClient({ url }).connect(),
      (client: unknown) => redisStore(client as never),
    ],
    ["ioredis", async (url: string) => new Redis(url), (client: unknown) => redisStore(client as never)],
  ])("tells whoever connects to one node with %s that it is a Cluster", async (_name, connect, storeOf) => {
    const client = await connect(group.servers[0]!.url)
    const store = storeOf(client)
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => store.read(n.toString(16).padStart(32, "0"))),
    )
    const refused = answers.filter((answer) => answer.status === "rejected")
    assert.ok(refused.length > 0)
    for (const { reason } of refused)
      assert.match(reason.message, /node of a Redis Cluster: write redis\+cluster:/)
    client.disconnect()
  })

  it("finds the slot of a key as the servers do", async () => {
    const client = await createClient({ url: group.servers[0]!.url }).connect()
    for (const key of ["", "holdfast:session:1", "{a}b", "x{}y{z}", "{{a}}", "a}{b}", "schlüssel"])
      assert.equal(slotOf(key), Number(await client.sendCommand(["CLUSTER", "KEYSLOT", key])), key)
    await client.close()
  })

  it("has a session's place in the index before the session, so that none lives unlisted", async () => {
    const client = await createCluster({ rootNodes: [{ url: group.servers[0]!.url }] }).connect()
    const sent: string[] = []
    const watched = Object.create(client, {
      sendCommand: {
        value: (key: string, isReadonly: boolean, args: string[], ...options: never[]) => {
          sent.push(args[1]!)
          return client.sendCommand(key, isReadonly, args, ...options)
        },
      },
    }) as typeof client
    const id = randomBytes(32).toString("hex")
    const record = { id, userId: `user-${id}`, payload: "{}", expiresAt: Date.now() + 60_000 }
    assert.notEqual(await redisStore(watched).create(record), undefined)
    const [place, session] = [ENLIST, SWAP].map(({ sha }) => sent.indexOf(sha))
    assert.ok(place! >= 0 && place! < session!)
    await client.close()
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
