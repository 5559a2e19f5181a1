import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { Redis } from "ioredis"
import { createClient, type RedisClientType } from "redis"
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import type { SessionRecord, Version } from "../../src/index.ts"
import { redisStore } from "../../src/stores/redis/index.ts"
import { keysOf, ownerOf } from "../../src/stores/redis/layout.ts"
import { startRedis, startRedisWithSlots } from "../services/redis.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"

/** What sends all commands of either client. */
interface Sending {
  sendCommand(...args: never[]): unknown
}

describeServer("redis", "a server of one's own", () => {
  let server: Server
  let client: RedisClientType
  beforeAll(async () => {
    server = await startRedis()
    client = (await createClient({ url: server.url }).connect()) as RedisClientType
  })
  beforeEach(() => client.flushAll())
  afterAll(async () => {
    await client.close()
    await server.close()
  })

  const HOUR = 3_600_000

  function newRecord(some: Partial<SessionRecord> = {}): SessionRecord {
    const id = randomBytes(32).toString("hex")
    return { id, userId: null, payload: "{}", expiresAt: Date.now() + HOUR, ...some }
  }

  /** How often the clients sent each command while `work` ran, leaving out what scripts call. */
  async function commandsDuring(work: () => Promise<unknown>): Promise<string[]> {
    const monitor = createClient({ url: server.url })
    await monitor.connect()
    const seen: string[] = []
    let end = (): void => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    await monitor.monitor((line) => {
      const [, source, command] = /^\S+ \[\d+ (\S+?)\] "(\w+)"/.exec(String(line)) ?? []
      if (command === "ECHO") end()
      else if (command && source !== "lua") seen.push(command.toUpperCase())
    })
    await work()
    await client.echo("the end")
    await ended
    monitor.destroy()
    return seen
  }

  /** A plain client of a server that has all slots of a Cluster, and refuses scripts with keys of two. */
  async function withSlots(check: (plain: RedisClientType) => Promise<void>): Promise<void> {
    const alone = await startRedisWithSlots()
    const plain = (await createClient({ url: alone.url }).connect()) as RedisClientType
    try {
      await check(plain)
    } finally {
      await plain.close()
      await alone.close()
    }
  }

  describe("the commands of the Redis store", () => {
    it("are one to read and one to write, for a session that nobody has signed in to", async () => {
      const store = redisStore(client)
      const record = newRecord()
      // The server learns the scripts.
      const known = await store.create(newRecord())
      await store.touch(record.id, record.expiresAt, known!)
      await store.delete(record.id)
      const seen = await commandsDuring(async () => {
        const version = await store.create(record)
        await store.read(record.id)
        const next = await store.replace(record, version!)
        await store.touch(record.id, record.expiresAt + 1000, next!)
        await store.delete(record.id)
      })
      assert.deepEqual(seen, ["EVALSHA", "GET", "EVALSHA", "EVALSHA", "EVALSHA"])
    })

    it.each([
      ["one to save a signed-in session that keeps its deadline", 0, 1],
      ["one to save it with an earlier deadline", -1, 1],
      ["one to save it with a later deadline, until which its place in the index has to last", 1, 1],
    ])("are %s", async (_what, later, count) => {
      let isFirst = true
      const trips: number[] = []
      const counting = Object.create(client, {
        sendCommand: {
          value: (...args: Parameters<typeof client.sendCommand>) => {
            // What is sent before anything else runs leaves together.
            if (isFirst) {
              trips.push(0)
              setImmediate(() => {
                isFirst = true
              })
            }
            isFirst = false
            trips[trips.length - 1]!++
            return client.sendCommand(...args)
          },
        },
      }) as RedisClientType
      const store = redisStore(counting)
      const record = newRecord({ userId: "u" })
      await store.create(newRecord({ userId: "u" })) // the scripts are known
      await store.create(record)
      const { version } = (await store.read(record.id))!
      trips.length = 0
      const seen = await commandsDuring(() =>
        store.replace({ ...record, expiresAt: record.expiresAt + later }, version),
      )
      assert.deepEqual(seen, Array(count).fill("EVALSHA"))
      assert.deepEqual(trips, [count])
    })

    it("begin no timer for a command that leaves at once, and wait for a connection that is on its way", async () => {
      const timers = vi.spyOn(AbortSignal, "timeout")
      const lone = createClient({ url: server.url, socket: { reconnectStrategy: false } }).on(
        "error",
        () => {},
      )
      await lone.connect()
      const store = redisStore(lone as RedisClientType)
      const record = newRecord({ userId: "u" })
      const version = await store.create(record)
      await store.replace({ ...record, expiresAt: record.expiresAt + 1 }, version!)
      await store.read(record.id)
      assert.equal(timers.mock.calls.length, 0)
      lone.destroy()
      const late = createClient({ url: server.url })
      const connecting = late.connect()
      assert.equal((await redisStore(late as RedisClientType).read(record.id))?.record.userId, "u")
      assert.equal(timers.mock.calls.length, 0)
      await connecting
      await late.close()
      timers.mockRestore()
    })

    it.each([
      ["redis", (): Sending => client],
      ["ioredis", (): Sending => new Redis(server.port)],
    ])("are taken back from %s where it sends them too late, and not taken for done", async (_name, connect) => {
      const real = connect()
      let send = (): void => {}
      const late = new Promise<void>((resolve) => {
        send = resolve
      })
      let isHeld = false
      const holding = Object.create(real, {
        sendCommand: {
          value: (...args: never[]) =>
            isHeld ? late.then(() => real.sendCommand(...args)) : real.sendCommand(...args),
        },
      })
      const store = redisStore(holding)
      const known = newRecord()
      const version = await store.create(known)
      store.limit?.(100)
      isHeld = true
      const record = newRecord()
      const calls = [
        store.create(record),
        store.replace({ ...known, payload: "next" }, version!),
        store.delete(known.id),
      ]
      const outcomes = Promise.allSettled(calls)
      await new Promise((resolve) => setTimeout(resolve, 200))
      send()
      for (const outcome of await outcomes) {
        assert.equal(outcome.status, "rejected")
        assert.equal(outcome.reason.name, "TimeoutError")
      }
      isHeld = false
      assert.equal(await store.read(record.id), undefined)
      assert.deepEqual((await store.read(known.id))?.record, known)
      if (real instanceof Redis) real.disconnect()
    })

    it("are one to sign in and one to leave the old session behind", async () => {
      const store = redisStore(client)
      const [old, next] = [newRecord({ userId: "u" }), newRecord({ userId: "u" })]
      const version = await store.create(old)
      let newest: Version | undefined
      const seen = await commandsDuring(async () => {
        newest = await store.create(next)
        assert.notEqual(await store.replace({ ...old, userId: null, payload: "" }, version!), undefined)
      })
      assert.deepEqual(seen, ["EVALSHA", "EVALSHA"])
      const touched = await commandsDuring(() => store.touch(next.id, next.expiresAt + 1, newest!))
      assert.deepEqual(touched, ["EVALSHA"])
      assert.deepEqual(await store.listByUser("u"), [{ ...next, expiresAt: next.expiresAt + 1 }])
      assert.equal(await client.zCard((await client.keys("*user*"))[0]!), 1)
    })

    it("name one key each, once a server with slots refused more", () =>
      withSlots(async (plain) => {
        const counts = new Set<string>()
        const watched = Object.create(plain, {
          sendCommand: {
            value: (command: string[], ...options: never[]) => {
              if (command[0]!.startsWith("EVAL")) counts.add(command[2]!)
              return plain.sendCommand(command, ...options)
            },
          },
        }) as RedisClientType
        const store = redisStore(watched)
        const [record, other] = [newRecord({ userId: "u" }), newRecord({ userId: "u" })]
        const version = await store.create(record)
        assert.deepEqual([...counts].sort(), ["1", "2"])
        counts.clear()
        assert.notEqual(await store.create(other), undefined)
        const next = await store.replace({ ...record, payload: "next" }, version!)
        assert.notEqual(next, undefined)
        assert.equal(await store.touch(record.id, record.expiresAt + 1000, next!), true)
        assert.equal((await store.listByUser("u")).length, 2)
        assert.notEqual(await store.replace({ ...record, userId: "v" }, next!), undefined)
        assert.equal(await store.delete(record.id), true)
        assert.deepEqual(await store.listByUser("v"), [])
        assert.deepEqual(await store.listByUser("u"), [other])
        assert.deepEqual([...counts], ["1"])
      }))

    it("work on when the server forgets the scripts", async () => {
      const store = redisStore(client)
      const record = newRecord({ userId: "u" })
      await client.scriptFlush()
      let version = await store.create(record)
      await client.scriptFlush()
      version = await store.replace({ ...record, payload: "next" }, version!)
      assert.notEqual(version, undefined)
      await client.scriptFlush()
      assert.equal(await store.touch(record.id, record.expiresAt + 1000, version!), true)
      await client.scriptFlush()
      assert.equal((await store.listByUser("u")).length, 1)
      await client.scriptFlush()
      assert.equal(await store.delete(record.id), true)
    })

    it("may be sent again when their answer was lost", async () => {
      const resending = Object.create(client, {
        sendCommand: {
          value: (args: string[]) => client.sendCommand(args).then(() => client.sendCommand(args)),
        },
      }) as RedisClientType
      const store = redisStore(resending)
      for (const userId of [null, "u"]) {
        const record = newRecord({ userId })
        const version = await store.create(record)
        assert.notEqual(version, undefined)
        const next = await store.replace({ ...record, payload: "next" }, version!)
        assert.deepEqual(await store.read(record.id), {
          record: { ...record, payload: "next" },
          version: next,
        })
      }
      assert.equal((await store.listByUser("u")).length, 1)
    })

    it("write the session also where its place in the old user's index can't be taken back", async () => {
      const store = redisStore(client)
      const record = newRecord({ userId: "u" })
      const version = await store.create(record)
      await client.set((await client.keys("*user*"))[0]!, "no index")
      assert.notEqual(await store.replace({ ...record, userId: null }, version!), undefined)
      assert.equal((await store.read(record.id))?.record.userId, null)
      const other = newRecord({ userId: "u" })
      await assert.rejects(store.create(other), /WRONGTYPE/)
      assert.equal(await store.read(other.id), undefined)
    })

    it("keep what two prefixes hold apart, also when one begins with the other", async () => {
      for (const [one, other] of [
        ["a:", "b:"],
        ["a", "ab"],
        ["", "user:"],
        ["", "session:"],
      ] as const) {
        await client.flushAll()
        const [mine, theirs] = [redisStore(client, { prefix: one }), redisStore(client, { prefix: other })]
        const record = newRecord({ userId: "bu" })
        await mine.create(record)
        assert.equal(await theirs.read(record.id), undefined)
        assert.equal(await theirs.delete(record.id), false)
        for (const user of ["bu", "u"]) assert.deepEqual(await theirs.listByUser(user), [])
        assert.notEqual(await theirs.create({ ...record, payload: "theirs" }), undefined)
        assert.equal(await theirs.delete(record.id), true)
        assert.deepEqual(await mine.listByUser("bu"), [record])
      }
    })

    it("replace nothing under an empty version, which nobody was given", async () => {
      const store = redisStore(client)
      const record = newRecord()
      assert.equal(await store.replace(record, ""), undefined)
      assert.equal(await store.read(record.id), undefined)
    })

    it("take a damaged record for none", async () => {
      const store = redisStore(client)
      const record = newRecord({ userId: "u" })
      await store.create(record)
      const key = `holdfast:session:${record.id}`
      const whole = (await client.get(key))!
      const { version } = (await store.read(record.id))!
      for (const damaged of [
        "",
        "{}",
        whole.slice(0, 10),
        whole.slice(0, 53),
        whole.slice(0, 55),
        `x${whole}`,
      ]) {
        await client.set(key, damaged)
        assert.equal(await store.read(record.id), undefined, damaged)
        assert.equal(await store.replace(record, "x".repeat(16)), undefined)
        assert.deepEqual(await store.listByUser("u"), [])
      }
      await client.set(key, whole.slice(0, 10))
      assert.equal(await store.touch(record.id, record.expiresAt, version), false)
      assert.equal(await store.delete(record.id), false)
      assert.equal(await client.exists(key), 0)
    })

    it("refuse to acknowledge what too few replicas have", async () => {
      const store = redisStore(client, { wait: { replicas: 1, timeout: 0.05 } })
      await assert.rejects(store.create(newRecord()), /0 of 1 replicas confirmed the write within 0.05 s/)
    })

    it("are refused at the start with options that can't be", () => {
      for (const wait of [
        { replicas: 0, timeout: 1 },
        { replicas: 1.5, timeout: 1 },
        { replicas: 1, timeout: 0 },
      ])
        assert.throws(() => redisStore(client, { wait }), TypeError)
      assert.throws(() => redisStore({} as RedisClientType), /must be one of the packages "redis"/)
    })
  })

  describe("the index of users", () => {
    const keys = async (): Promise<string[]> => (await client.keys("*user*")).sort()
    const members = async (): Promise<number> => client.zCard((await keys())[0] ?? "none")
    /** Waits until the index, which counts whole seconds, has passed the instant. */
    const pastIndex = (instant: number): Promise<void> => sleep(instant + 1100 - Date.now())

    it("forgets what was deleted, and ends with the last session", async () => {
      const store = redisStore(client)
      const records = [newRecord({ userId: "u" }), newRecord({ userId: "u" })]
      for (const record of records) await store.create(record)
      assert.equal(await members(), 2)
      await store.delete(records[0]!.id)
      assert.equal(await members(), 1)
      await store.delete(records[1]!.id)
      assert.deepEqual(await keys(), [])
    })

    it("forgets a session that was ended by its deadline or has another user now", async () => {
      const store = redisStore(client)
      const [ended, moved] = [newRecord({ userId: "u" }), newRecord({ userId: "u" })]
      const versions = [await store.create(ended), await store.create(moved)]
      await store.replace({ ...ended, userId: null, payload: "", expiresAt: 0 }, versions[0]!)
      assert.equal(await members(), 1)
      await store.replace({ ...moved, userId: "other" }, versions[1]!)
      assert.equal((await keys()).length, 1)
      assert.deepEqual(await store.listByUser("u"), [])
      assert.equal((await store.listByUser("other")).length, 1)
    })

    it("forgets what the server evicted, when it is listed", async () => {
      const store = redisStore(client)
      const [kept, evicted] = [newRecord({ userId: "u" }), newRecord({ userId: "u" })]
      for (const record of [kept, evicted]) await store.create(record)
      await client.del(`holdfast:session:${evicted.id}`)
      assert.deepEqual(await store.listByUser("u"), [kept])
      assert.equal(await members(), 1)
    })

    it("does not grow when a user comes and goes for ever", async () => {
      const store = redisStore(client)
      // A session that lives on keeps the index from ending as a whole.
      await store.create(newRecord({ userId: "u" }))
      for (let n = 0; n < 100; n++)
        await store.create(newRecord({ userId: "u", expiresAt: Date.now() + 400 }))
      assert.ok((await members()) > 1)
      const last = newRecord({ userId: "u" })
      await pastIndex(Date.now() + 400)
      await store.create(last)
      assert.equal(await members(), 2)
      assert.ok(Math.abs((await client.pExpireTime((await keys())[0]!)) - last.expiresAt) <= 1)
    })

    it("holds a session for as long as any write gave it, whatever the writes after that knew of it", async () => {
      const store = redisStore(client)
      const record = newRecord({ userId: "u", expiresAt: Date.now() + 1000 })
      const first = (await store.create(record))!
      // A touch leaves the version good that was given before it; then the deadline falls again and rises again.
      await store.touch(record.id, record.expiresAt + HOUR, first)
      const second = (await store.replace({ ...record, payload: "2" }, first))!
      await store.replace({ ...record, payload: "3", expiresAt: record.expiresAt + 2 * HOUR }, second)
      await pastIndex(record.expiresAt)
      assert.equal((await store.listByUser("u"))[0]?.payload, "3")
    })

    it("holds a session that was being created while it was listed, where it can't be written together", () =>
      withSlots(async (plain) => {
        const record = newRecord({ userId: "u" })
        await redisStore(plain).create(newRecord({ userId: "u" })) // the scripts are known
        // A listing comes between any two commands of the create.
        let turns: Promise<unknown> = Promise.resolve()
        const inTurn = Object.create(plain, {
          sendCommand: {
            value: (...args: Parameters<typeof plain.sendCommand>) => {
              const turn = turns.then(async () => {
                const reply = await plain.sendCommand(...args)
                await redisStore(plain).listByUser("u")
                return reply
              })
              turns = turn.catch(() => {})
              return turn
            },
          },
        }) as RedisClientType
        await redisStore(inTurn).create(record)
        assert.equal((await redisStore(plain).listByUser("u")).length, 2)
      }))

    it("holds a session that came back to its user while it was taken out, where it can't be taken out together", () =>
      withSlots(async (plain) => {
        const others = redisStore(plain)
        const record = newRecord({ userId: "u" })
        const version = await others.create(record)
        const slow = Object.create(plain, {
          sendCommand: {
            value: async (command: string[], ...options: never[]) => {
              if (command[0] === "ZREM") {
                const found = await others.read(record.id)
                await others.replace({ ...record, payload: "back" }, found!.version)
              }
              return plain.sendCommand(command, ...options)
            },
          },
        }) as RedisClientType
        await redisStore(slow).replace({ ...record, userId: "v" }, version!)
        // Nobody waits for what is taken out.
        const mine = async (): Promise<number> => (await others.listByUser("u")).length
        await expect.poll(async () => (await others.read(record.id))?.record.payload).toBe("back")
        await expect.poll(() => plain.zCard(keysOf("holdfast:").user(ownerOf("u")))).toBe(1)
        assert.equal(await mine(), 1)
      }))

    it("holds a session until the later deadline that a write gave it", async () => {
      const store = redisStore(client)
      const record = newRecord({ userId: "u", expiresAt: Date.now() + 1000 })
      const version = await store.create(record)
      await store.replace({ ...record, expiresAt: record.expiresAt + HOUR }, version!)
      await pastIndex(record.expiresAt)
      assert.equal((await store.listByUser("u")).length, 1)
    })

    it("holds a touched session until its new deadline", async () => {
      const store = redisStore(client)
      const record = newRecord({ userId: "u", expiresAt: Date.now() + 1000 })
      const version = (await store.create(record))!
      await store.touch(record.id, record.expiresAt + HOUR, version)
      await pastIndex(record.expiresAt)
      assert.equal((await store.listByUser("u")).length, 1)
    })

    it("is written before the session where it can't be together, so that none lives unlisted", () =>
      withSlots(async (plain) => {
        const record = newRecord({ userId: "u" })
        let sent = 0
        const dying = Object.create(plain, {
          sendCommand: {
            value: async (command: string[]) => {
              // The first asks for the time, and the second is refused.
              if (++sent > 3) throw new Error("the process dies here")
              return plain.sendCommand(command)
            },
          },
        }) as RedisClientType
        const members = async (): Promise<number> => plain.zCard((await plain.keys("*user*"))[0]!)
        await redisStore(plain).create(newRecord({ userId: "u" })) // the scripts are known
        await assert.rejects(redisStore(dying).create(record), /dies here/)
        assert.equal(await members(), 2)
        assert.equal(await redisStore(plain).read(record.id), undefined)
        // An entry that leads nowhere may be that of a session about to be written: only its deadline removes it.
        assert.equal((await redisStore(plain).listByUser("u")).length, 1)
        assert.equal(await members(), 2)
      }))
  })
})
