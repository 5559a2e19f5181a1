import { describe, expect, it } from "vitest"
import type { Found, SessionRecord, Store, UserIndex } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import type { StoreCall } from "../../src/testing/history/call.ts"
import { drawn } from "../../src/testing/history/drawing.ts"
import { judge } from "../../src/testing/history/judge.ts"
import { type Recording, recorded, recordingInMemory } from "../../src/testing/history/recorder.ts"
import { explain } from "../../src/testing/history/search.ts"
import { callAtRandom, seeded } from "../../src/testing/history/workload.ts"
import { costIn } from "../fixtures/cost.ts"

type FullStore = Store & UserIndex

/** What six callers do to a store at once, as they saw it, until they have made so many calls. */
async function history(store: FullStore, seed: number, most = 3000): Promise<readonly StoreCall[]> {
  const recording = recordingInMemory()
  const stop = new AbortController()
  let count = 0
  const record: Recording = (call) => {
    if (++count === most) stop.abort()
    return recording.record(call)
  }
  const ids = Array.from({ length: 3 }, (_, n) => `${n}`.repeat(32))
  await Promise.all(
    Array.from({ length: 6 }, (_, n) =>
      callAtRandom(
        recorded(store, `caller ${n}`, record),
        { ids: () => ids, users: ["ada", "bob"], random: seeded(seed * 100 + n) },
        stop.signal,
      ),
    ),
  )
  return recording.calls()
}

/** A store whose calls take some turns of the event loop before and after they take effect. */
function slow(store: FullStore, random: () => number): FullStore {
  const pause = async (): Promise<void> => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns--)
      await new Promise((done) => setImmediate(done))
  }
  const slowed =
    <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      await pause()
      const answer = await call(...args)
      await pause()
      return answer
    }
  return {
    read: slowed(store.read),
    create: slowed(store.create),
    replace: slowed(store.replace),
    touch: slowed(store.touch),
    delete: slowed(store.delete),
    listByUser: slowed(store.listByUser),
    clearExpired: store.clearExpired,
  }
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))

/** Wrong stores, each made of a right one. */
const FAULTS: Readonly<Record<string, (store: FullStore) => Partial<FullStore>>> = {
  "a touch that reads, waits and writes back": (store) => ({
    async touch(id, expiresAt, version) {
      const found = await store.read(id)
      if (found?.version !== version) return false
      await turn()
      await store.delete(id)
      return (await store.create({ ...found.record, expiresAt })) !== undefined
    },
  }),
  "a replace that compares and writes in two steps": (store) => ({
    async replace(record, version) {
      if ((await store.read(record.id))?.version !== version) return undefined
      await turn()
      const now = await store.read(record.id)
      return now && store.replace(record, now.version)
    },
  }),
  "a replace that revives": (store) => ({
    replace: async (record, version) => (await store.replace(record, version)) ?? store.create(record),
  }),
  "a replace that is answered and not done": (store) => {
    let n = 0
    return {
      replace: async (record, version) =>
        ++n % 20 === 0 && (await store.read(record.id))?.version === version
          ? `lost ${n}`
          : store.replace(record, version),
    }
  },
  "a delete that is answered and not done": (store) => {
    let n = 0
    return {
      delete: async (id) => (++n % 3 === 0 ? (await store.read(id)) !== undefined : store.delete(id)),
    }
  },
  "a delete that says done of nothing": (store) => ({
    async delete(id) {
      await store.delete(id)
      return true
    },
  }),
  "a create over what is there": (store) => ({
    async create(record) {
      await store.delete(record.id)
      return store.create(record)
    },
  }),
  "a create that is refused where nothing is": (store) => {
    const dead = new Set<string>()
    return {
      async delete(id) {
        const isDone = await store.delete(id)
        if (isDone) dead.add(id)
        return isDone
      },
      create: async (record) => (dead.delete(record.id) ? undefined : store.create(record)),
    }
  },
  "a read from a copy that it does not call one": (store) => {
    const copies = new Map<string, { found: Found | undefined; uses: number }>()
    return {
      async read(id) {
        const copy = copies.get(id)
        if (copy && copy.uses++ < 5) return copy.found
        const found = await store.read(id)
        copies.set(id, { found, uses: 0 })
        return found
      },
    }
  },
  "a read that does not find now and then": (store) => {
    let n = 0
    return { read: async (id) => (++n % 50 === 0 ? undefined : store.read(id)) }
  },
  "a record that is lost now and then": (store) => {
    let n = 0
    return {
      async read(id) {
        if (++n % 80 === 0) await store.delete(id)
        return store.read(id)
      },
    }
  },
  "a version used twice": (store) => {
    const shorten = (version: unknown): number => Math.floor(Number(version) / 2)
    const given = new Map<string, Found>()
    return {
      async read(id) {
        const found = await store.read(id)
        if (found) given.set(id, found)
        return found && { ...found, version: shorten(found.version) }
      },
      async create(record) {
        const version = await store.create(record)
        return version === undefined ? version : shorten(version)
      },
      async replace(record, version) {
        const found = await store.read(record.id)
        if (!found || shorten(found.version) !== version) return undefined
        const next = await store.replace(record, found.version)
        return next === undefined ? next : shorten(next)
      },
      async touch(id, expiresAt, version) {
        const found = await store.read(id)
        return (
          found !== undefined &&
          shorten(found.version) === version &&
          store.touch(id, expiresAt, found.version)
        )
      },
    }
  },
  "a touch that is answered and not done": (store) => ({
    touch: async (id, _expiresAt, version) => (await store.read(id))?.version === version,
  }),
  "a touch that is refused where nothing came between": (store) => {
    let n = 0
    return { touch: async (...args) => ++n % 4 !== 0 && store.touch(...args) }
  },
  "another user's record": (store) => ({
    async read(id) {
      const found = await store.read(id)
      return found && { ...found, record: { ...found.record, userId: "ada" } }
    },
  }),
  "a list that misses": (store) => ({ listByUser: async (user) => (await store.listByUser(user)).slice(1) }),
  "a list by a stale index": (store) => {
    const stale = new Map<string, SessionRecord[]>()
    let n = 0
    return {
      async listByUser(user) {
        if (++n % 4 !== 0 && stale.has(user)) return stale.get(user)!
        const listed = await store.listByUser(user)
        stale.set(user, listed)
        return listed
      },
    }
  },
}

describe("the judge", () => {
  it.each(
    Array.from({ length: 8 }, (_, n) => n + 1),
  )("finds nothing against a right store, seed %d", async (seed) => {
    const calls = await history(slow(memoryStore(), seeded(seed + 7)), seed)
    expect(calls.length).toBeGreaterThan(2999)
    expect(judge(calls).map((violation) => drawn(violation, calls))).toEqual([])
    for (const [id, theirs] of Map.groupBy(calls, ({ id }) => id))
      if (id.length === 32) expect(explain(theirs)).not.toBeInstanceOf(Array)
  })

  it("finds nothing against a right store whose answers are lost", async () => {
    const calls = await history(slow(memoryStore(), seeded(3)), 3)
    const random = seeded(9)
    const lossy = calls.map((call) => {
      const { answer: _, ...unanswered } = call
      return random() < 0.1 ? { ...unanswered, end: Number.POSITIVE_INFINITY } : call
    })
    expect(judge(lossy).map((violation) => drawn(violation, lossy))).toEqual([])
  })

  it.each(Object.entries(FAULTS))("finds %s", async (_name, fault) => {
    const right = memoryStore()
    const wrong = slow({ ...right, ...fault(slow(right, seeded(5))) }, seeded(6))
    const calls = await history(wrong, 1, 6000)
    expect(judge(calls).length).toBeGreaterThan(0)
  })

  it("judges 100,000 calls with little more work than it takes to write and read them as JSON", async () => {
    const calls: StoreCall[] = []
    while (calls.length < 100_000) {
      const some = await history(slow(memoryStore(), seeded(calls.length + 1)), calls.length + 1, 10_000)
      calls.push(...some.map(aside(calls.length)))
    }
    const cost = await costIn(
      () => JSON.parse(JSON.stringify(calls)),
      () => judge(calls),
      5,
    )
    expect(cost).toBeLessThan(4)
  })
})

/** Puts the calls on ids of their own. */
function aside(n: number) {
  return (call: StoreCall): StoreCall => ({ ...call, id: `${call.id} ${n}` })
}

describe("calls at one instant of a coarse clock", () => {
  it("may have come in any order", () => {
    const given = { userId: null, payload: "one", expiresAt: Number.MAX_SAFE_INTEGER }
    const at = { by: "one", id: "id", begin: 5, end: 5, at: 0 }
    const calls: StoreCall[] = [
      { ...at, call: "create", given, answer: 1 },
      { ...at, call: "create", given: { ...given, payload: "two" }, answer: null },
      { ...at, call: "read", answer: null },
    ]
    expect(judge(calls)).toEqual([])
  })
})
