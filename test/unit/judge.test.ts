import { describe, expect, it } from "vitest"
import { memoryStore } from "../../src/stores/memory/index.ts"
import type { StoreCall } from "../../src/testing/history/call.ts"
import { drawn } from "../../src/testing/history/drawing.ts"
import { judge } from "../../src/testing/history/judge.ts"
import { type Recording, recorded, recordingInMemory } from "../../src/testing/history/recorder.ts"
import { explain } from "../../src/testing/history/search.ts"
import { callAtRandom, seeded } from "../../src/testing/history/workload.ts"
import { costIn } from "../fixtures/cost.ts"
import { WRONG_HISTORIES } from "../planted/histories.ts"
import type { FullStore } from "../planted/stores.ts"

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

  it.each(Object.entries(WRONG_HISTORIES))("finds %s", async (_name, fault) => {
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
