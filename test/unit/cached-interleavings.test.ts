import fc from "fast-check"
import { expect, it } from "vitest"
import type { SessionRecord, Store, Version } from "../../src/index.ts"
import { cachedStore } from "../../src/stores/cached/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { wrapped } from "../fixtures/wrapped-store.ts"

const ID = "a".repeat(64)

/** What becomes of one call of the cache: its effect and answer, its effect alone, or neither. */
const fate = fc.constantFrom("done", "done", "done", "lost", "refused")
const step = fc.constantFrom("read", "read", "read", "replace", "replace", "touch", "delete", "evict")
/** What each client does, one step after the other. */
const clients = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 })

/**
 * Runs the clients side by side over a session, every call of the cache and of the durable store coming and answering when the
 * scheduler lets it. `storeOf` says which process a client is in. Checks each read against the states the durable store
 * went through: it must show one that was not overtaken yet by an answered write when it began.
 */
async function play(
  scheduler: fc.Scheduler,
  plan: readonly (readonly string[])[],
  fates: readonly string[],
  processes: number,
  pause: number,
): Promise<void> {
  const durable = memoryStore()
  const cache = memoryStore()
  const record: SessionRecord = { id: ID, userId: "u", payload: "", expiresAt: Date.now() + 3_600_000 }
  /** Every state so far: its version, or `undefined` for deleted. */
  const states: (Version | undefined)[] = [await durable.create(record)]
  /** The newest state that an answer has told of. */
  let told = 0
  let calls = 0

  const traced = wrapped(durable, async (call, work) => {
    await scheduler.schedule(Promise.resolve(), `durable ${call} begins`)
    const answer = await work()
    if (call === "replace" && answer !== undefined) states.push(answer as Version)
    if (call === "delete" && answer) states.push(undefined)
    await scheduler.schedule(Promise.resolve(), `durable ${call} ends`)
    return answer
  })
  const shaky = wrapped(cache, async (call, work) => {
    const fate = fates.length > 0 ? fates[calls++ % fates.length] : "done"
    await scheduler.schedule(Promise.resolve(), `cache ${call} begins`)
    if (fate === "refused") throw new Error("refused")
    const answer = await work()
    await scheduler.schedule(Promise.resolve(), `cache ${call} ends`)
    if (fate === "lost") throw new Error("lost")
    return answer
  })
  const stores: Store[] = Array.from({ length: processes }, () =>
    cachedStore(shaky, traced, { timeout: 60, pause }),
  )

  async function client(steps: readonly string[], store: Store): Promise<void> {
    let known = states[0]
    for (const step of steps) {
      const floor = told
      const isLive = states.at(-1) !== undefined
      if (step === "read") {
        const found = await store.read(ID)
        if (found) known = found.version
        expect(states.slice(floor), `read after state ${floor} was told of`).toContain(found?.version)
      } else if (step === "replace") {
        const version = await store.replace({ ...record, payload: `after ${known}` }, known!)
        if (version !== undefined) known = version
        told = Math.max(told, states.indexOf(version ?? known))
        if (version === undefined) told = Math.max(told, states.indexOf(known) + 1)
      } else if (step === "delete") {
        const wasThere = await store.delete(ID)
        expect(states.at(-1)).toBeUndefined()
        if (!isLive) expect(wasThere).toBe(false)
        told = states.length - 1
      } else if (step === "touch") await store.touch(ID, record.expiresAt + 1000, known!)
      else await cache.delete(ID)
    }
  }

  const playing = Promise.all(plan.map((steps, n) => client(steps, stores[n % processes]!)))
  await scheduler.waitFor(playing)
  for (const store of stores) {
    const reading = store.read(ID)
    expect((await scheduler.waitFor(reading))?.version).toBe(states.at(-1))
  }
}

it("never serves what an answered write has overtaken, from two processes and a forgetful cache", () =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), clients, (scheduler, plan) => play(scheduler, plan, [], 2, 1000)),
    { numRuns: 1500 },
  ))

it("never serves what an answered write has overtaken, from a process whose cache fails now and then", () =>
  fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      clients,
      fc.array(fate, { minLength: 1, maxLength: 40 }),
      fc.constantFrom(0.000_001, 1000),
      (scheduler, plan, fates, pause) => play(scheduler, plan, fates, 1, pause),
    ),
    { numRuns: 1500 },
  ))
