import { createHash } from "node:crypto"
import fc from "fast-check"
import { expect, it } from "vitest"
import type { SessionRecord, Version } from "../../src/index.ts"
import type { OpenedStore } from "../../src/testing/index.ts"

type Open = () => Promise<OpenedStore>

/** One step of a random history: on one of three ids, with a version known from any earlier step. */
type Step =
  | {
      call: "create" | "replace"
      id: number
      payload: string
      userId: string | null
      version: number
      isOver: boolean
    }
  | { call: "touch"; id: number; version: number; isOver: boolean }
  | { call: "read" | "delete" | "list"; id: number }

const id = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      call: fc.constantFrom("create" as const, "replace" as const, "replace" as const),
      id,
      payload: fc.json({ maxDepth: 1 }),
      userId: fc.constantFrom(null, "u0", "u1"),
      version: fc.nat(9),
      isOver: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("touch" as const),
      id,
      version: fc.nat(9),
      isOver: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      call: fc.constantFrom("read" as const, "delete" as const, "list" as const),
      id,
    }),
  },
)

/** Random histories, each step's answer held against a Map that does what the contract says. */
export function storeHistory(open: Open): void {
  it("does in any order of calls what the contract says", async () => {
    const opened = await open()
    const { store } = opened
    let run = 0
    const history = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      const salt = `${process.pid} ${Date.now()} ${run++}`
      const ids = [0, 1, 2].map((n) => createHash("sha256").update(`${salt} ${n}`).digest("hex"))
      const users = (name: string | null): string | null => name && `${name} ${salt}`
      // A touch may give a version another spelling, but the one from before it stays good.
      const model = new Map<string, { record: SessionRecord; good: Set<Version> }>()
      const versions: Version[] = []
      const future = Math.ceil(Date.now() / 1000 + 3600) * 1000
      const put = (record: SessionRecord, version: Version): void => {
        versions.push(version)
        if (record.expiresAt < Date.now()) model.delete(record.id)
        else model.set(record.id, { record, good: new Set([version]) })
      }

      /** One that is good, mostly, or any that was ever given. */
      const pick = (n: number, good: Set<Version> | undefined): Version | undefined =>
        n < 6 && good ? [...good].at(n % good.size) : versions[n % (versions.length || 1)]

      for (const step of steps) {
        const key = ids[step.id]!
        const known = model.get(key)
        const expiresAt = "isOver" in step && step.isOver ? 0 : future
        switch (step.call) {
          case "create": {
            const record = { id: key, userId: users(step.userId), payload: step.payload, expiresAt: future }
            const version = await store.create(record)
            expect(version !== undefined).toBe(known === undefined)
            if (version !== undefined) put(record, version)
            break
          }
          case "replace": {
            const record = { id: key, userId: users(step.userId), payload: step.payload, expiresAt }
            const version = pick(step.version, known?.good)
            if (version === undefined) break
            const next = await store.replace(record, version)
            expect(next !== undefined).toBe(known?.good.has(version) ?? false)
            if (next !== undefined) put(record, next)
            break
          }
          case "touch": {
            const version = pick(step.version, known?.good)
            if (version === undefined) break
            const isTouched = await store.touch(key, expiresAt, version)
            expect(isTouched).toBe(known?.good.has(version) ?? false)
            if (isTouched && step.isOver) model.delete(key)
            else if (isTouched) model.set(key, { ...known!, record: { ...known!.record, expiresAt } })
            break
          }
          case "read": {
            const found = await store.read(key)
            expect(found?.record).toEqual(known?.record)
            if (found) known?.good.add(found.version)
            break
          }
          case "delete":
            expect(await store.delete(key)).toBe(known !== undefined)
            model.delete(key)
            break
          case "list": {
            const user = users("u0")!
            const own = [...model.values()]
              .filter(({ record }) => record.userId === user)
              .map(({ record }) => record)
            const listed = await store.listByUser?.(user)
            if (listed) expect(byId(listed)).toEqual(byId(own))
          }
        }
      }
    })
    try {
      await fc.assert(history, {
        numRuns: 60,
        interruptAfterTimeLimit: 15_000,
        markInterruptAsFailure: false,
      })
    } finally {
      await opened.close?.()
    }
  })
}

function byId(records: readonly SessionRecord[]): SessionRecord[] {
  return [...records].sort((a, b) => (a.id < b.id ? -1 : 1))
}
