import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, it } from "vitest"
import type { SessionRecord } from "../../src/index.ts"
import { type MemcachedClient, memcachedClient, memcachedStore } from "../../src/stores/memcached/index.ts"
import { describeStore } from "../services/service.ts"
import { everyLaw } from "./every-law.ts"

describeStore("memcached", ({ memcached: url }) => {
  let client: MemcachedClient
  beforeAll(() => {
    client = memcachedClient(url)
  })
  afterAll(() => client.close())

  everyLaw("memcached", async () => {
    const store = memcachedStore(url)
    return { store, close: store.close }
  })

  function newRecord(some: Partial<SessionRecord> = {}): SessionRecord {
    const id = randomBytes(32).toString("hex")
    return { id, userId: null, payload: "{}", expiresAt: Date.now() + 60_000, ...some }
  }

  describe("the memcached store", () => {
    it("keeps what two prefixes hold apart, also when one begins with the other", async () => {
      for (const [one, other] of [
        ["a:", "b:"],
        ["a", "ab"],
        ["", "a"],
      ]) {
        const [mine, theirs] = [one, other].map((prefix) => memcachedStore(client, { prefix: prefix! }))
        const record = newRecord({ id: `b${randomBytes(32).toString("hex").slice(1)}` })
        await mine!.create(record)
        assert.equal(await theirs!.read(record.id), undefined)
        assert.equal(await theirs!.delete(record.id), false)
        assert.notEqual(await theirs!.create({ ...record, payload: "theirs" }), undefined)
        assert.deepEqual((await mine!.read(record.id))?.record, record)
      }
    })

    it("says what is too large before it is sent, and keeps what is there", async () => {
      const store = memcachedStore(client)
      const record = newRecord({ payload: "x".repeat(1_048_576 - 64 - 73 - 32) })
      const version = await store.create(record)
      assert.equal((await store.read(record.id))?.record.payload.length, record.payload.length)
      const larger = { ...record, payload: `${record.payload}xé` }
      await assert.rejects(
        store.replace(larger, version!),
        /needs 1048579 bytes in memcached; an item has 1048576 at most/,
      )
      assert.deepEqual(await store.read(record.id), { record, version })
    })

    it("gives the exact deadline, also of a touched record", async () => {
      const store = memcachedStore(client)
      const record = newRecord({ expiresAt: Date.now() + 12_345 })
      const version = (await store.create(record))!
      assert.equal((await store.read(record.id))?.record.expiresAt, record.expiresAt)
      for (const days of [29.99999, 30, 31, 400]) {
        const expiresAt = Date.now() + Math.floor(days * 86_400_000) + 7
        await store.touch(record.id, expiresAt, version)
        assert.equal((await store.read(record.id))?.record.expiresAt, expiresAt)
      }
    })

    it("ends a record to the millisecond, and lets its id be taken again at once", async () => {
      const store = memcachedStore(client)
      const record = newRecord({ expiresAt: Date.now() + 150 })
      const version = await store.create(record)
      await sleep(record.expiresAt - Date.now() + 5)
      assert.equal(await store.read(record.id), undefined)
      assert.equal(await store.touch(record.id, Date.now() + 1000, version!), false)
      assert.equal(await store.replace({ ...record, expiresAt: Date.now() + 1000 }, version!), undefined)
      assert.notEqual(await store.create({ ...record, expiresAt: Date.now() + 1000 }), undefined)
    })

    it("replaces under the first version of a record that was touched past its first deadline", async () => {
      const store = memcachedStore(client)
      const record = newRecord({ expiresAt: Date.now() + 1000 })
      const version = await store.create(record)
      await store.touch(record.id, Date.now() + 60_000, version!)
      await sleep(record.expiresAt - Date.now() + 5)
      assert.notEqual(await store.replace({ ...record, expiresAt: Date.now() + 1000 }, version!), undefined)
    })

    it("takes a damaged record for none", async () => {
      const store = memcachedStore(client)
      for (const damaged of [
        "",
        "{}",
        "x".repeat(16),
        `${"x".repeat(16)}000`,
        `${"x".repeat(16)}${"9".repeat(15)}"u\n`,
      ]) {
        const { id } = newRecord()
        await client.send(`ms holdfast:${id} ${damaged.length}`, Buffer.from(damaged))
        assert.equal(await store.read(id), undefined)
        assert.equal(
          await store.touch(id, Date.now() + 1000, `${damaged.slice(0, 16)}${"9".repeat(15)}1`),
          false,
        )
        assert.equal(await store.delete(id), false)
      }
    })

    it("gives each of many callers on one connection its own answer, whatever the pieces it comes in", async () => {
      const store = memcachedStore(client)
      const records = Array.from({ length: 60 }, (_, n) =>
        newRecord({ payload: `${n}\r\n`.repeat(n * 1000) }),
      )
      await Promise.all(records.map((record) => store.create(record)))
      const found = await Promise.all(records.map(({ id }) => store.read(id)))
      assert.deepEqual(
        found.map((each) => each?.record),
        records,
      )
    })

    it("is refused at the start with options that can't be", () => {
      for (const prefix of ["with blank ", "é", "x".repeat(101), "line\r\n"])
        assert.throws(() => memcachedStore(client, { prefix }), TypeError)
      for (const url of ["localhost:11211", "redis://localhost", "", "memcached://"])
        assert.throws(() => memcachedStore(url), TypeError)
      assert.throws(() => memcachedStore(client, { maxItemBytes: 0 }), TypeError)
      assert.throws(() => memcachedClient("memcached://localhost", { timeout: 0 }), TypeError)
    })
  })
})
