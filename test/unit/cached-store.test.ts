import { afterEach, describe, expect, it, vi } from "vitest"
import type { Found, SessionRecord, Store, UserIndex, Version } from "../../src/index.ts"
import { type CachedStoreOptions, cachedStore } from "../../src/stores/cached/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { staged, wrapped } from "../fixtures/wrapped-store.ts"

const ID = "a".repeat(64)

function newRecord(payload: string, some: Partial<SessionRecord> = {}): SessionRecord {
  return { id: ID, userId: "u", payload, expiresAt: Date.now() + 3_600_000, ...some }
}

/** A cache and a durable store, and processes that each have their own way to both. */
function start(options?: CachedStoreOptions) {
  const [cache, durable] = [memoryStore(), memoryStore()]
  const process = () => {
    const [toCache, toDurable] = [staged(cache), staged(durable)]
    const way = { isCut: false, asked: 0 }
    const cut = wrapped(toCache.store, async (_, work) => {
      way.asked++
      if (way.isCut) throw new Error("the cache is out of reach")
      return work()
    })
    const store = cachedStore(cut, toDurable.store, { pause: 0.005, ...options }) as Store & UserIndex
    return { store, way, cache: toCache, durable: toDurable }
  }
  return { cache, durable, mine: process(), theirs: process() }
}

/** The same, with a session in both stores. */
async function startWith(payload: string, options?: CachedStoreOptions) {
  const all = start(options)
  const record = newRecord(payload)
  const version = (await all.mine.store.create(record)) as Version
  const payloads = async (): Promise<(string | undefined)[]> => [
    (await all.mine.store.read(ID))?.record.payload,
    (await all.theirs.store.read(ID))?.record.payload,
  ]
  return { ...all, record, version, payloads }
}

/** The store on a machine whose clock is ahead of the store's by this many milliseconds. */
function seenFrom(store: Store, ahead: number): Store {
  function atServer<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    const here = Date.now()
    vi.setSystemTime(here - ahead)
    const answer = call()
    vi.setSystemTime(here)
    return answer
  }
  const moved = (record: SessionRecord, by: number): SessionRecord => ({
    ...record,
    expiresAt: record.expiresAt + by,
  })
  return {
    ...store,
    async read(id) {
      const found = await atServer(() => store.read(id))
      return found && { ...found, record: moved(found.record, ahead) }
    },
    create: (record) => atServer(() => store.create(moved(record, -ahead))),
    replace: (record, version) => atServer(() => store.replace(moved(record, -ahead), version)),
  }
}

afterEach(() => {
  vi.useRealTimers()
})

describe("a cached store", () => {
  it("serves what was written or read without asking the durable store", async () => {
    const { mine, theirs, durable, cache, record, version } = await startWith("one")
    await durable.delete(ID)
    for (const { store } of [mine, theirs])
      expect(await store.read(ID)).toEqual({ record, version, isCopy: true })
    await durable.create(record)
    await cache.delete(ID)
    const found = await mine.store.read(ID)
    await durable.delete(ID)
    expect(await theirs.store.read(ID)).toEqual({ ...found, isCopy: true })
  })

  it("reads past the cache when it is to read afresh, and says of no such record that it is a copy", async () => {
    const { mine, durable, record, version } = await startWith("one")
    const next = await durable.replace({ ...record, payload: "two" }, version)
    expect((await mine.store.read(ID))?.record.payload).toBe("one")
    expect(await mine.store.read(ID, { fresh: true })).toEqual({
      record: { ...record, payload: "two" },
      version: next,
    })
    await durable.delete(ID)
    expect(await mine.store.read(ID, { fresh: true })).toBeUndefined()
  })

  it("has the durable store read afresh too, which may keep copies of its own", async () => {
    const durable = memoryStore()
    const asked: unknown[] = []
    const watched: Store = {
      ...durable,
      read(id, options) {
        asked.push(options?.fresh ?? false)
        return durable.read(id)
      },
    }
    const store = cachedStore(memoryStore(), watched)
    await store.read(ID)
    await store.read(ID, { fresh: true })
    expect(asked).toEqual([false, true])
  })

  it("gives versions of the durable store, good after the cache is emptied", async () => {
    const { mine, cache, durable, record, version } = await startWith("one")
    expect((await durable.read(ID))?.version).toBe(version)
    await cache.delete(ID)
    const next = await mine.store.replace({ ...record, payload: "two" }, version)
    expect((await durable.read(ID))?.version).toBe(next)
  })

  it("shows a touched session's new deadline", async () => {
    const { mine, theirs, record, version } = await startWith("one")
    await mine.store.touch(ID, record.expiresAt + 5000, version)
    for (const { store } of [mine, theirs])
      expect((await store.read(ID))?.record.expiresAt).toBe(record.expiresAt + 5000)
  })

  it("keeps copies for maxStale at most, and never past the session's end", async () => {
    const { mine, cache, durable, record, version } = await startWith("one", { maxStale: 10 })
    expect((await cache.read(ID))!.record.expiresAt).toBeLessThanOrEqual(Date.now() + 10_000)
    vi.useFakeTimers({ now: Date.now() + 10_001, toFake: ["Date"] })
    const next = await durable.replace({ ...record, payload: "changed behind its back" }, version)
    expect((await mine.store.read(ID))?.record.payload).toBe("changed behind its back")
    const end = Date.now() + 3000
    await mine.store.touch(ID, end, next!)
    await mine.store.read(ID)
    expect((await cache.read(ID))!.record.expiresAt).toBe(end)
  })

  it("counts the age of a copy from before it was read, however long that took", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const [cache, durable] = [memoryStore(), memoryStore()]
    const slow = {
      ...durable,
      async read(id: string) {
        const found = await durable.read(id)
        vi.setSystemTime(Date.now() + 6000)
        return found
      },
    }
    const store = cachedStore(cache, slow, { maxStale: 10 })
    await durable.create(newRecord("one"))
    await store.read(ID)
    await durable.delete(ID)
    expect(await store.read(ID)).toMatchObject({ isCopy: true })
    vi.setSystemTime(Date.now() + 4001)
    expect(await store.read(ID)).toBeUndefined()
  })

  it("believes no copy past its time, however late the cache forgets it", async () => {
    const { cache, durable } = await startWith("one", { maxStale: 10 })
    let last: Found | undefined
    const late: Store = {
      ...cache,
      async read(id) {
        last = (await cache.read(id)) ?? last
        return last
      },
    }
    const store = cachedStore(late, durable, { maxStale: 10 })
    await durable.delete(ID)
    expect(await store.read(ID)).toMatchObject({ isCopy: true })
    vi.useFakeTimers({ now: Date.now() + 10_001, toFake: ["Date"] })
    expect(await store.read(ID)).toBeUndefined()
  })

  it("serves the same deadline on machines whose clocks differ, over stores that translate between clocks", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const serverTime = Date.now()
    const [cache, durable] = [memoryStore(), memoryStore()]
    const machine = (ahead: number) => {
      const [toCache, toDurable] = [cache, durable].map((store) => seenFrom(store, ahead))
      const store = cachedStore(toCache!, toDurable!)
      return <Answer>(work: (store: Store) => Promise<Answer>): Promise<Answer> => {
        vi.setSystemTime(serverTime + ahead)
        return work(store)
      }
    }
    for (const [writer, reader] of [
      [0, 600_000],
      [600_000, 0],
    ] as const) {
      const { id } = newRecord("", { id: `${writer}`.padStart(32, "0") })
      await machine(writer)((store) => store.create(newRecord("one", { id })))
      const found = await machine(reader)((store) => store.read(id))
      expect(found).toMatchObject({ isCopy: true, record: newRecord("one", { id }) })
    }
  })

  it("takes nonsense in the cache for nothing", async () => {
    const others = ['["1",0]\n', '["1",0,7]\nx', '["1",-1,"u"]\nx', '[null,0,"u"]\nx', '["1",0,"u",1]\nx']
    for (const payload of [...others, "", "\n", "[]\n", "{}\nx", "null\nx", "garbage\nx", "no line end"]) {
      const { mine, cache, durable } = start()
      const record = newRecord("true")
      await durable.create(record)
      await cache.create({ ...record, payload })
      expect((await mine.store.read(ID))?.record).toEqual(record)
    }
  })

  it("refuses wrong options, and has an index only if the durable store has one", () => {
    for (const option of ["maxStale", "timeout", "pause"])
      for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "1"])
        expect(() => cachedStore(memoryStore(), memoryStore(), { [option]: value })).toThrow(
          new RegExp(`The option "${option}" must be a positive number`),
        )
    const { listByUser: _, ...plain } = memoryStore()
    expect(Object.keys(cachedStore(memoryStore(), plain))).not.toContain("listByUser")
  })

  it("lists a user's sessions from the durable store", async () => {
    const { mine, durable, record, version } = await startWith("one")
    await durable.replace({ ...record, payload: "two" }, version)
    expect(await mine.store.listByUser("u")).toEqual([{ ...record, payload: "two" }])
  })
})

describe("a race with a cached store", () => {
  it.each(["read", "fill"])("serves nobody a deleted session that a late %s brings back", async (step) => {
    const { mine, theirs, cache, payloads } = await startWith("one")
    await cache.delete(ID)
    const late =
      step === "read" ? theirs.durable.hold("read", "after") : theirs.cache.hold("replace", "before")
    const reading = theirs.store.read(ID)
    await late.reached
    expect(await mine.store.delete(ID)).toBe(true)
    late.release()
    await reading
    expect(await payloads()).toEqual([undefined, undefined])
  })

  it.each(["read", "fill"])("serves nobody the old version that a late %s brings back", async (step) => {
    const { mine, theirs, cache, record, version, payloads } = await startWith("old")
    await cache.delete(ID)
    const late =
      step === "read" ? theirs.durable.hold("read", "after") : theirs.cache.hold("replace", "before")
    const reading = theirs.store.read(ID)
    await late.reached
    await mine.store.replace({ ...record, payload: "new" }, version)
    late.release()
    await reading
    expect(await payloads()).toEqual(["new", "new"])
  })

  it("lets no slow writer put its older version over a newer one", async () => {
    const { mine, theirs, record, version, payloads } = await startWith("one")
    const late = mine.durable.hold("replace", "after")
    const writing = mine.store.replace({ ...record, payload: "two" }, version)
    await late.reached
    const found = await theirs.durable.store.read(ID)
    await theirs.store.replace({ ...record, payload: "three" }, found!.version)
    late.release()
    await writing
    expect(await payloads()).toEqual(["three", "three"])
  })

  it("lets no slow creator bring back what was deleted meanwhile", async () => {
    const { mine, theirs } = start()
    const late = mine.durable.hold("create", "after")
    const creating = mine.store.create(newRecord("one"))
    await late.reached
    expect(await theirs.store.delete(ID)).toBe(true)
    late.release()
    await creating
    expect(await mine.store.read(ID)).toBeUndefined()
    expect(await theirs.store.read(ID)).toBeUndefined()
  })

  it("shows the truth after a write whose answer was lost", async () => {
    const { durable, cache, record, version } = await startWith("old")
    const losing = wrapped(durable, async (call, work) => {
      const answer = await work()
      if (call === "replace") throw new Error("the answer was lost")
      return answer
    })
    const store = cachedStore(cache, losing)
    await expect(store.replace({ ...record, payload: "new" }, version)).rejects.toThrow("lost")
    expect((await store.read(ID))?.record.payload).toBe("new")
  })

  it("shows the newest version after a refused write, so that whoever tries again can win", async () => {
    const { mine, durable, record, version } = await startWith("one")
    await durable.replace({ ...record, payload: "changed behind its back" }, version)
    expect(await mine.store.replace(record, version)).toBeUndefined()
    expect((await mine.store.read(ID))?.record.payload).toBe("changed behind its back")
  })
})

describe("a cache that can't be told of a change", () => {
  it.each([
    "delete",
    "replace",
  ] as const)("is not asked again by the process that made it: %s", async (call) => {
    const { mine, record, version } = await startWith("old", { pause: 1000 })
    mine.way.isCut = true
    if (call === "delete") await mine.store.delete(ID)
    else await mine.store.replace({ ...record, payload: "new" }, version)
    mine.way.isCut = false
    for (let turn = 0; turn < 3; turn++)
      expect((await mine.store.read(ID))?.record.payload).toBe(call === "delete" ? undefined : "new")
  })

  it("is told once it answers again", async () => {
    const { mine, payloads } = await startWith("old")
    mine.way.isCut = true
    await mine.store.delete(ID)
    expect(await payloads()).toEqual([undefined, "old"])
    mine.way.isCut = false
    await expect.poll(payloads).toEqual([undefined, undefined])
    expect(await mine.store.create(newRecord("anew"))).toBeDefined()
    expect(await payloads()).toEqual(["anew", "anew"])
  })

  it("is left alone once what it holds is past its time", async () => {
    const { mine } = await startWith("old", { maxStale: 0.1 })
    mine.way.isCut = true
    await mine.store.delete(ID)
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { asked } = mine.way
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(mine.way.asked).toBe(asked)
  })

  it("misleads other processes for maxStale and no longer", async () => {
    const { mine, payloads } = await startWith("old", { maxStale: 10, pause: 1000 })
    mine.way.isCut = true
    const now = Date.now()
    await mine.store.delete(ID)
    vi.useFakeTimers({ now: now + 9000, toFake: ["Date"] })
    expect(await payloads()).toEqual([undefined, "old"])
    vi.setSystemTime(now + 10_001)
    expect(await payloads()).toEqual([undefined, undefined])
  })

  it("misleads nobody when it was told before and not after", async () => {
    const { mine, theirs, payloads } = await startWith("old", { pause: 1000 })
    const before = mine.durable.hold("delete", "before")
    const deleting = mine.store.delete(ID)
    await before.reached
    mine.way.isCut = true
    expect((await theirs.store.read(ID))?.record.payload).toBe("old") // it is there still, and not to be kept
    before.release()
    await deleting
    expect(await payloads()).toEqual([undefined, undefined])
  })

  it("misleads nobody when it was told after and not before", async () => {
    const { mine, theirs, payloads } = await startWith("old", { pause: 1000 })
    mine.way.isCut = true
    const before = mine.durable.hold("delete", "before")
    const deleting = mine.store.delete(ID)
    await before.reached
    expect((await theirs.store.read(ID))?.record.payload).toBe("old")
    mine.way.isCut = false
    before.release()
    await deleting
    expect(await payloads()).toEqual([undefined, undefined])
  })

  it("is not filled with what a reader saw before the change", async () => {
    const { mine, cache, record, version, payloads } = await startWith("old", { pause: 1000 })
    await cache.delete(ID)
    const late = mine.durable.hold("read", "after")
    const reading = mine.store.read(ID)
    await late.reached
    mine.way.isCut = true
    await mine.store.replace({ ...record, payload: "new" }, version)
    mine.way.isCut = false
    late.release()
    await reading
    expect(await payloads()).toEqual(["new", "new"])
  })

  it("is not filled with what a slower writer wrote before the change", async () => {
    const { mine, durable, record, version, payloads } = await startWith("one", { pause: 1000 })
    const late = mine.durable.hold("replace", "after")
    const writing = mine.store.replace({ ...record, payload: "two" }, version)
    await late.reached
    mine.way.isCut = true
    await mine.store.replace({ ...record, payload: "three" }, (await durable.read(ID))!.version)
    mine.way.isCut = false
    late.release()
    await writing
    expect(await payloads()).toEqual(["three", "three"])
  })

  it("is still owed the second change when it has heard of the first", async () => {
    const { mine, theirs, durable, record, version } = await startWith("one", { pause: 1000 })
    mine.way.isCut = true
    const before = mine.durable.hold("replace", "before")
    const first = mine.store.replace({ ...record, payload: "two" }, version)
    await before.reached
    mine.way.isCut = false
    const told = mine.cache.hold("delete", "after")
    before.release()
    await told.reached
    await theirs.store.read(ID) // puts "two" there
    mine.way.isCut = true
    await mine.store.replace({ ...record, payload: "three" }, (await durable.read(ID))!.version)
    mine.way.isCut = false
    told.release()
    await first
    expect((await mine.store.read(ID))?.record.payload).toBe("three")
  })

  it("misleads nobody when the process died between the two stores", async () => {
    const { mine, theirs } = await startWith("old")
    const never = mine.durable.hold("delete", "after")
    void mine.store.delete(ID)
    await never.reached
    expect(await theirs.store.read(ID)).toBeUndefined()
  })
})

describe("a cache that is slow, dead or full", () => {
  it("costs a few timeouts, then nothing until one call has come through", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "clearTimeout"] })
    const record = newRecord("one")
    const durable = memoryStore()
    await durable.create(record)
    let asked = 0
    let isDead = true
    const cache = wrapped(memoryStore(), (_, work) => {
      asked++
      return isDead ? new Promise(() => {}) : work()
    })
    const store = cachedStore(cache, durable)
    const timed = async (): Promise<number> => {
      const began = Date.now()
      const reading = store.read(ID)
      await vi.advanceTimersByTimeAsync(0)
      let isDone = false
      void reading.then(() => {
        isDone = true
      })
      await vi.advanceTimersByTimeAsync(0)
      while (!isDone) await vi.advanceTimersByTimeAsync(10)
      expect((await reading)?.record).toEqual(record)
      return Date.now() - began
    }
    expect([await timed(), await timed(), await timed(), await timed(), await timed()]).toEqual([
      250, 250, 250, 0, 0,
    ])
    expect(asked).toBe(3)
    await vi.advanceTimersByTimeAsync(1000)
    const trial = timed() // the one call that tries; others go past it meanwhile
    expect(await store.read(ID)).toBeDefined()
    expect(await trial).toBe(250)
    expect(asked).toBe(4)
    isDead = false
    expect(await timed()).toBe(0)
    expect(asked).toBe(4)
    await vi.advanceTimersByTimeAsync(1000)
    await timed()
    await timed()
    expect(asked).toBeGreaterThan(6)
    await durable.delete(ID)
    expect((await store.read(ID))?.record).toEqual(record) // from the cache
  })

  it("serves the others while it refuses one session as too large", async () => {
    const { durable, cache } = start()
    const replace: Store["replace"] = async (record, version) => {
      if (record.payload.length > 1000) throw new Error("too large")
      return cache.replace(record, version)
    }
    const store = cachedStore({ ...cache, replace }, durable)
    const small = newRecord("small", { id: "b".repeat(64) })
    await store.create(newRecord("x".repeat(2000)))
    await store.create(small)
    for (let turn = 0; turn < 10; turn++)
      expect((await store.read(ID))?.record.payload).toBe("x".repeat(2000))
    await durable.delete(small.id)
    expect((await store.read(small.id))?.record).toEqual(small)
  })

  it("never fails a request, not even by throwing before it answers", async () => {
    const fail = (): never => {
      throw new Error("dead")
    }
    const dead = { read: fail, create: fail, replace: fail, touch: fail, delete: fail, clearExpired: fail }
    const store = cachedStore(dead, memoryStore(), { pause: 0.001 })
    const record = newRecord("one")
    const version = await store.create(record)
    expect(await store.read(ID)).toMatchObject({ record, version })
    expect(await store.touch(ID, record.expiresAt, version!)).toBe(true)
    expect(await store.replace(record, version!)).toBeDefined()
    expect(await store.clearExpired()).toBe(0)
    expect(await store.delete(ID)).toBe(true)
    expect(await store.read(ID)).toBeUndefined()
  })
})
