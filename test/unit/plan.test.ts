import { describe, expect, it } from "vitest"
import { type Facts, type Plan, planCommit } from "../../src/core/plan.ts"

const loaded: Facts = {
  looked: true,
  failed: false,
  destroyed: false,
  stored: true,
  empty: false,
  rotated: false,
  changed: false,
  touchDue: false,
}
const fresh: Facts = { ...loaded, stored: false, empty: true }

// The commit table of ARCHITECTURE.md, a line each.
const TABLE: readonly [string, Facts, Plan][] = [
  ["never looked at", { ...loaded, looked: false }, "nothing"],
  [
    "never looked at, whatever is due",
    { ...loaded, looked: false, touchDue: true, changed: true },
    "nothing",
  ],
  ["looked at, unchanged", loaded, "nothing"],
  ["looked at, unchanged, its deadline due", { ...loaded, touchDue: true }, "touch"],
  ["new and still empty", fresh, "nothing"],
  ["new and empty, although rotated", { ...fresh, rotated: true }, "nothing"],
  ["new with data", { ...fresh, empty: false, changed: true }, "create"],
  ["new and signed in", { ...fresh, empty: false, rotated: true }, "create"],
  ["changed", { ...loaded, changed: true }, "replace"],
  ["changed, its deadline due", { ...loaded, changed: true, touchDue: true }, "replace"],
  ["rotated or signed in", { ...loaded, rotated: true }, "rotate"],
  ["rotated and changed", { ...loaded, rotated: true, changed: true }, "rotate"],
  ["destroyed", { ...loaded, destroyed: true, stored: false, empty: true }, "delete"],
  ["destroyed, then given new data", { ...loaded, destroyed: true, stored: false, changed: true }, "restart"],
  ["5xx", { ...loaded, failed: true, changed: true, rotated: true, touchDue: true }, "nothing"],
  ["5xx of a new session", { ...fresh, failed: true, empty: false }, "nothing"],
  ["5xx after a logout", { ...loaded, failed: true, destroyed: true, stored: false, empty: true }, "delete"],
  ["5xx after a logout and new data", { ...loaded, failed: true, destroyed: true, stored: false }, "delete"],
]

describe("the plan of a commit", () => {
  it.each(TABLE)("%s", (_state, facts, plan) => {
    expect(planCommit(facts)).toBe(plan)
  })

  it("never writes for a request that never looked or that failed, but to delete", () => {
    for (let bits = 0; bits < 256; bits++) {
      const facts = Object.fromEntries(Object.keys(loaded).map((name, n) => [name, Boolean(bits & (1 << n))]))
      const plan = planCommit(facts as unknown as Facts)
      if (!facts.looked) expect(plan).toBe("nothing")
      else if (facts.failed) expect(plan).toBe(facts.destroyed ? "delete" : "nothing")
      if (plan === "replace" || plan === "touch" || plan === "rotate") expect(facts.stored).toBe(true)
    }
  })
})
