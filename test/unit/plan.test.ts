import { describe, expect, it } from "vitest"
import { type CookiePlan, type Facts, type Intent, planCommit, type Write } from "../../src/core/plan.ts"

const loaded: Facts = {
  isLooked: true,
  isFailed: false,
  intent: "continue",
  isStored: true,
  isQuiet: false,
  isEmpty: false,
  isChanged: false,
  isCookieChanged: false,
  isTouchDue: false,
  hasCookie: true,
  hasPendingToken: false,
}
const fresh: Facts = { ...loaded, isStored: false, isEmpty: true, hasCookie: false }
const late: Facts = { ...fresh, isQuiet: true, hasCookie: true }
const ended: Facts = { ...loaded, intent: "end", isStored: false, isEmpty: true }

// The commit table of ARCHITECTURE.md, a line each.
const TABLE: readonly [string, Facts, Write, CookiePlan][] = [
  ["never looked at", { ...loaded, isLooked: false }, "nothing", "leave"],
  [
    "never looked at, whatever is due",
    { ...loaded, isLooked: false, isTouchDue: true, isChanged: true },
    "nothing",
    "leave",
  ],
  ["looked at, unchanged", loaded, "nothing", "leave"],
  ["looked at, unchanged, something due", { ...loaded, isTouchDue: true }, "touch", "leave"],
  [
    "looked at, its deadline due, its cookie ends with it",
    { ...loaded, isTouchDue: true, isCookieChanged: true },
    "touch",
    "send",
  ],
  ["new and still empty", fresh, "nothing", "leave"],
  ["new and empty, although rotated", { ...fresh, intent: "rotate" }, "nothing", "leave"],
  ["new with data", { ...fresh, isEmpty: false, isChanged: true }, "create", "send"],
  ["new and signed in", { ...fresh, intent: "login", isEmpty: false }, "login", "send"],
  ["changed", { ...loaded, isChanged: true }, "replace", "leave"],
  ["changed, its deadline due", { ...loaded, isChanged: true, isTouchDue: true }, "replace", "leave"],
  ["given another expiry", { ...loaded, isChanged: true, isCookieChanged: true }, "replace", "send"],
  ["rotated", { ...loaded, intent: "rotate" }, "rotate", "send"],
  ["rotated and changed", { ...loaded, intent: "rotate", isChanged: true }, "rotate", "send"],
  ["signed in", { ...loaded, intent: "login" }, "login", "send"],
  ["destroyed", ended, "delete", "clear"],
  ["destroyed, with no cookie to clear", { ...ended, hasCookie: false }, "delete", "leave"],
  ["destroyed, then given new data", { ...ended, isEmpty: false, isChanged: true }, "restart", "send"],
  ["nobody's and late, only read", late, "nothing", "leave"],
  ["nobody's and late, given data", { ...late, isEmpty: false, isChanged: true }, "refuse", "leave"],
  ["nobody's and late, signed in", { ...late, intent: "login", isEmpty: false }, "login", "send"],
  ["nobody's and late, destroyed", { ...late, intent: "end" }, "delete", "clear"],
  [
    "5xx",
    { ...loaded, isFailed: true, isChanged: true, intent: "rotate", isTouchDue: true },
    "nothing",
    "leave",
  ],
  ["5xx of a login", { ...loaded, isFailed: true, intent: "login" }, "nothing", "leave"],
  ["5xx of a new session", { ...fresh, isFailed: true, isEmpty: false }, "nothing", "leave"],
  ["5xx after a logout", { ...ended, isFailed: true }, "delete", "clear"],
  ["5xx after a logout and new data", { ...ended, isFailed: true, isEmpty: false }, "delete", "clear"],
  ["5xx after save() made a token", { ...loaded, isFailed: true, hasPendingToken: true }, "touch", "leave"],
]

describe("the plan of a commit", () => {
  it.each(TABLE)("%s", (_state, facts, write, cookie) => {
    expect(planCommit(facts)).toEqual({ write, cookie })
  })

  it("keeps its rules for all facts there can be", () => {
    const names = Object.keys(loaded).filter((name) => name !== "intent")
    const intents: Intent[] = ["continue", "rotate", "login", "end"]
    for (const intent of intents)
      for (let bits = 0; bits < 2 ** names.length; bits++) {
        const flags = Object.fromEntries(names.map((name, n) => [name, Boolean(bits & (1 << n))]))
        const facts = { ...flags, intent } as unknown as Facts
        const { write, cookie } = planCommit(facts)
        if (!facts.isLooked) expect(write).toBe("nothing")
        else if (facts.isFailed) expect(["nothing", "delete", "touch"]).toContain(write)
        else if (intent === "end") expect(["delete", "restart"]).toContain(write)
        if (["replace", "touch", "rotate"].includes(write)) expect(facts.isStored).toBe(true)
        if (write === "nothing" || write === "refuse") expect(cookie).toBe("leave")
        if (facts.isQuiet && !facts.isStored && intent !== "end" && intent !== "login")
          expect(["nothing", "refuse"]).toContain(write)
        if (cookie === "clear") expect([write, facts.hasCookie]).toEqual(["delete", true])
      }
  })
})
