import { describe, expect, it } from "vitest"
import {
  afterUse,
  type Credentials,
  firstCredentials,
  isRenewalDue,
  judge,
  RIGHTS,
  type Rights,
  renewed,
  rotated,
  signedIn,
  type Verdict,
  WINDOW,
  withoutOldCuts,
} from "../../src/core/credentials.ts"

const NOW = 1_800_000_000_000
const GRACE = 60_000
const first = firstCredentials("one", true, NOW)
const opened = renewed(first, "two", "sealed", NOW)
const noted = afterUse(opened, GRACE, NOW + 1000)
const closed = afterUse(noted, GRACE, NOW + 1000 + GRACE)
const turned = rotated(first, "two", NOW)

const session: Rights = { opens: true, ends: true, isQuiet: false }
const nobody: Rights = { opens: false, ends: false, isQuiet: false }
const quietly: Rights = { opens: false, ends: false, isQuiet: true }

// The truth table of presented secrets, a line each. The line of the tombstone is where records are read: token-engine.test.ts.
const TABLE: readonly [string, Credentials, string, number, Verdict, Rights][] = [
  ["the current one gets the session", first, "one", 0, "current", session],
  ["the current one gets the session after a renewal", opened, "two", 0, "current", session],
  ["the current one gets the session after a rotation", turned, "two", 0, "current", session],
  ["one superseded by a renewal, still open, gets the session", opened, "one", 0, "open", session],
  ["and so it does however much time passes", opened, "one", 30 * 86_400_000, "open", session],
  ["and while the new one is in use for less than the grace", noted, "one", GRACE, "open", session],
  ["one superseded by a renewal and closed gets nothing", closed, "one", 0, "closed", nobody],
  [
    "one cut by a rotation gets nothing, quietly, and may end the session",
    turned,
    "one",
    0,
    "cut",
    { ...quietly, ends: true },
  ],
  [
    "one cut by a login gets the same",
    signedIn(first, "two", NOW),
    "one",
    WINDOW - 1,
    "cut",
    { ...quietly, ends: true },
  ],
  [
    "one that was open when a rotation came gets the same",
    rotated(opened, "three", NOW),
    "one",
    0,
    "cut",
    { ...quietly, ends: true },
  ],
  [
    "all that rotations cut within the window get the same",
    rotated(turned, "three", NOW + 1),
    "one",
    WINDOW - 1,
    "cut",
    { ...quietly, ends: true },
  ],
  ["one cut before the window gets nothing", turned, "one", WINDOW, "wrong", nobody],
  ["any other gets nothing, quietly, within the window", turned, "x", WINDOW - 1, "late", quietly],
  ["any other gets nothing after the window", turned, "x", WINDOW, "wrong", nobody],
  ["any other gets nothing where nothing was cut", opened, "x", 0, "wrong", nobody],
  [
    "one that was closed when a rotation came is like any other",
    rotated(closed, "x", NOW),
    "one",
    0,
    "late",
    quietly,
  ],
  ["a clock that is behind keeps it quiet", turned, "x", -300_000, "late", quietly],
  ["one that is behind by more than clocks may be does not", turned, "x", -300_001, "wrong", nobody],
]

describe("of the secrets that are presented", () => {
  it.each(TABLE)("%s", (_line, credentials, proof, later, verdict, rights) => {
    expect(judge(credentials, proof, NOW + later)).toBe(verdict)
    expect(RIGHTS[verdict]).toEqual(rights)
  })

  it("a tombstone gets nothing, quietly", () => {
    expect(RIGHTS.ended).toEqual(quietly)
  })
})

describe("a renewed secret", () => {
  it("is noted when it is first presented, closes the one before after the grace, and is noted no more", () => {
    expect(noted).toEqual({ ...opened, presentedAt: NOW + 1000 })
    expect(afterUse(noted, GRACE, NOW + 1000 + GRACE - 1)).toBe(noted)
    expect(closed).toEqual({ proof: "two", generation: 1, madeAt: NOW, previous: { proof: "one" } })
    expect(afterUse(closed, GRACE, NOW + 10 * GRACE)).toBe(closed)
    expect(afterUse(first, GRACE, NOW + 10 * GRACE)).toBe(first)
  })

  it("is due once the current one is old enough, but not while the one before is open", () => {
    expect(isRenewalDue(first, 100, NOW + 99)).toBe(false)
    expect(isRenewalDue(first, 100, NOW + 100)).toBe(true)
    expect(isRenewalDue(first, Number.POSITIVE_INFINITY, NOW + 1e12)).toBe(false)
    expect(isRenewalDue(noted, 100, NOW + 1e9)).toBe(false)
    expect(isRenewalDue(closed, 100, NOW + 1e9)).toBe(true)
  })

  it("keeps the generation, and what was cut within the window", () => {
    expect(renewed(turned, "three", "sealed", NOW + 1)).toEqual({
      proof: "three",
      generation: 1,
      madeAt: NOW + 1,
      previous: { proof: "two", forward: "sealed" },
      cut: [{ proof: "one", at: NOW }],
    })
    expect(renewed(turned, "three", "sealed", NOW + WINDOW).cut).toBe(undefined)
  })
})

describe("a login or a rotation", () => {
  it("cuts all that opened the session; only a login begins a generation", () => {
    const expected = {
      proof: "three",
      madeAt: NOW + 5,
      cut: [
        { proof: "one", at: NOW + 5 },
        { proof: "two", at: NOW + 5 },
      ],
    }
    expect(rotated(opened, "three", NOW + 5)).toEqual({ ...expected, generation: 1 })
    expect(signedIn(opened, "three", NOW + 5)).toEqual({ ...expected, generation: 2 })
  })

  it("remembers eight at the most, and none for longer than the window", () => {
    let credentials = first
    for (let n = 0; n < 20; n++) credentials = rotated(credentials, `${n}`, NOW + n)
    expect(credentials.cut?.map(({ proof }) => proof)).toEqual([
      "11",
      "12",
      "13",
      "14",
      "15",
      "16",
      "17",
      "18",
    ])
    expect(withoutOldCuts(credentials, NOW + 19 + WINDOW - 1)).toBe(credentials)
    expect(withoutOldCuts(credentials, NOW + 19 + WINDOW)).not.toHaveProperty("cut")
    expect(rotated(credentials, "x", NOW + 18 + WINDOW).cut).toHaveLength(2)
  })
})
