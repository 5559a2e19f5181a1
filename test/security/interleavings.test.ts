import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { type OperationName, operations, type Part, tasksOf, worlds } from "./orders.ts"
import { check } from "./orders-check.ts"
import { everyOrder } from "./schedule.ts"

// Two and three requests of one session, in every order of their store calls. `orders-check.ts` says what must hold in each.

const names = Object.keys(operations) as OperationName[]
const pairs = names.flatMap((one, n) => names.slice(n).map((other) => [one, other] as const))

/** All triples take minutes; these meet in the middle of something. */
const triples: readonly (readonly OperationName[])[] = [
  ["write", "rotate", "logout"],
  ["update", "login again", "logout"],
  ["write", "rotate", "rotate"],
  ["read", "read", "write"],
  ["read", "write", "rotate"],
  ["read", "login again", "write"],
]

// Some have thousands of orders, which takes a busy machine a minute. One that is given up runs on, and spoils those that follow.
describe("every order of two or three requests", { timeout: 600_000 }, () => {
  // The waits between two attempts are no part of the order.
  beforeAll(() => {
    vi.stubGlobal("setTimeout", (run: () => void, delay: number) =>
      delay > 64 ? undefined : setImmediate(run),
    )
    vi.stubGlobal("clearTimeout", () => {})
  })
  afterAll(() => {
    vi.unstubAllGlobals()
  })
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  for (const isOneProcess of [true, false])
    for (const [place, begin] of Object.entries(worlds))
      describe(`C-9, D-4, ${place}, in ${isOneProcess ? "one process" : "processes of their own"}`, () => {
        async function everyOrderOf(parts: readonly Part[]): Promise<void> {
          const runs = await everyOrder(
            begin,
            tasksOf(parts, isOneProcess),
            (world, order) => check(parts, world, order),
            !isOneProcess,
          )
          expect(runs).toBeGreaterThan(0)
        }
        it.each(pairs)("%s; %s", async (one, other) => {
          await everyOrderOf([{ name: one }, { name: other }])
          if (place !== "ada, renewed a moment ago") return
          await everyOrderOf([{ name: one, isOld: true }, { name: other }])
          await everyOrderOf([{ name: one }, { name: other, isOld: true }])
          await everyOrderOf([
            { name: one, isOld: true },
            { name: other, isOld: true },
          ])
        })
        it.each(triples)("%s; %s; %s", async (...three) => {
          await everyOrderOf(three.map((name) => ({ name })))
        })
      })
})
