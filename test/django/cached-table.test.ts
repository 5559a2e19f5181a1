import { beforeEach, describe, expect, it } from "vitest"
import { type ByteCache, type Cached, deadlineIn } from "../../src/django/byte-cache.ts"
import { cachedTable } from "../../src/django/cached-table.ts"
import type { SessionRecord, Store } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

const id = "a".repeat(32)
const record = (payload: string): SessionRecord => ({
  id,
  userId: null,
  payload,
  expiresAt: Date.now() + 60_000,
})

let kept: Map<string, Cached>
let cache: ByteCache
let table: Store
let warnings: string[]

/** The store under test; its table and cache may be made to fail or wait at any call. */
function both(someTable: Partial<Store> = {}, someCache: Partial<ByteCache> = {}): Store {
  return cachedTable(
    { ...table, ...someTable },
    {
      cache: { ...cache, ...someCache },
      keyOf: (id) => id,
      pickleOf: (payload) => Buffer.from(payload),
      warn: (message) => warnings.push(message),
    },
  )
}

const cached = (): string | undefined => kept.get(id)?.bytes.toString()

beforeEach(() => {
  warnings = []
  kept = new Map()
  table = memoryStore()
  cache = {
    get: async (key) => kept.get(key),
    set: async (key, bytes, expiresAt) => void kept.set(key, { bytes, expiresAt, version: "" }),
    add: async () => undefined,
    swap: async () => undefined,
    delete: async (key) => kept.delete(key),
  }
})

it("an entry without an end is good for a year, and another one for what is left of it", () => {
  const now = Date.now()
  expect(deadlineIn(-1)).toBeGreaterThan(now + 364 * 86_400_000)
  expect(deadlineIn(5000)).toBeGreaterThanOrEqual(now + 5000)
  expect(deadlineIn(5000)).toBeLessThan(now + 60_000)
})

describe("Django's table behind its cache", () => {
  it("answers from the cache, and writes by the row", async () => {
    const store = both()
    await store.create(record("first"))
    await table.replace(record("second"), (await table.read(id))!.version)
    const stale = (await store.read(id))!
    expect(stale.record.payload).toBe("first")
    expect(await store.replace(record("third"), stale.version)).toBeUndefined()
    const fresh = (await store.read(id))!
    expect(fresh.record.payload).toBe("second")
    expect(await store.replace(record("third"), fresh.version)).toBeDefined()
    expect((await table.read(id))!.record.payload).toBe("third")
    expect(cached()).toBe("third")
  })

  it("takes what is deleted out of the cache", async () => {
    const store = both()
    await store.create(record("first"))
    expect(cached()).toBe("first")
    expect(await store.delete(id)).toBe(true)
    expect([cached(), await store.read(id)]).toEqual([undefined, undefined])
  })

  it("puts nothing back that was deleted while it was being read", async () => {
    await both().create(record("first"))
    kept.clear()
    const reader = both(
      {},
      {
        async set(...entry) {
          await both().delete(id) // another process, between the reading of the row and the writing of the cache
          await cache.set(...entry)
        },
      },
    )
    await reader.read(id)
    expect(cached()).toBeUndefined()
    expect(await both().read(id)).toBeUndefined()
  })

  it("leaves no older session behind when two writers' cache writes cross", async () => {
    await both().create(record("first"))
    const slow = both(
      {},
      {
        async set(...entry) {
          const other = both()
          const found = (await table.read(id))!
          await other.replace(record("newest"), found.version)
          await cache.set(...entry)
        },
      },
    )
    await slow.replace(record("older"), (await table.read(id))!.version)
    expect(cached()).toBeUndefined()
    expect((await both().read(id))!.record.payload).toBe("newest")
  })

  it("takes a ghost out of the cache when it finds no row behind it", async () => {
    const store = both()
    await cache.set(id, Buffer.from("ghost"), Date.now() + 60_000)
    const ghost = (await store.read(id))!
    expect(await store.replace(record("x"), ghost.version)).toBeUndefined()
    expect(await store.read(id)).toBeUndefined()
    expect(cached()).toBeUndefined()
    await cache.set(id, Buffer.from("ghost"), Date.now() + 60_000)
    expect(await store.touch(id, Date.now() + 60_000, ghost.version)).toBe(false)
    expect(await store.read(id)).toBeUndefined()
    expect(cached()).toBeUndefined()
  })

  it("does without a cache that fails or is silent, and says so", async () => {
    const fail = async (): Promise<never> => {
      throw new Error("down")
    }
    const silent = (): Promise<never> => new Promise(() => {})
    for (const step of [fail, silent]) {
      const store = both({}, { get: step, set: step, delete: step })
      const version = await store.create(record("first"))
      expect((await store.read(id))!.version).toBe(version)
      const next = await store.replace(record("second"), version!)
      expect(next).toBeDefined()
      expect(await store.touch(id, Date.now() + 120_000, next!)).toBe(true)
      expect(await store.delete(id)).toBe(true)
      expect(warnings.length).toBeGreaterThan(4)
      warnings = []
    }
  })
})
