import { describe, expect, it } from "vitest"
import { costIn } from "../fixtures/cost.ts"
import { type Limits, NO_LIMITS } from "../judge/requests/history.ts"
import { judgeRequests } from "../judge/requests/judge.ts"
import type { Ask, SeenData, Visit } from "../judge/requests/visit.ts"

/** A request of a story: what is left out is as in most. */
interface Told {
  /** When it began and ended. */
  readonly at: readonly [begin: number, end: number]
  readonly ask?: Ask
  /** The secret that it carried: `one.2` is the second of the session `one`. */
  readonly with?: string
  readonly given?: string | null
  /** What it found: the session, who was signed in, and the data. */
  readonly finds?: readonly [id: string, user: string | null, data?: SeenData]
  /** It found nobody; this would be its session's id. */
  readonly isNobody?: string
  readonly status?: number
  readonly steps?: readonly string[]
  readonly marked?: number
  readonly isCopy?: true
  readonly server?: string
}

function visitsOf(story: readonly Told[]): Visit[] {
  const idOf = (token: string): string => token.split(".")[0]!
  const inOrder = story.toSorted((one, other) => one.at[0] - other.at[0])
  const sourceOf = (token: string, before: number): number => {
    const gifts = inOrder.filter(({ given, at }) => given === token && at[1] <= before)
    return inOrder.indexOf(gifts.toSorted((one, other) => one.at[1] - other.at[1]).at(-1)!)
  }
  return inOrder.map((told, number) => {
    const { at, ask = { do: "read" }, with: sent, given, finds, isNobody, status = 200, ...rest } = told
    const [id, user, data = {}] = finds ?? []
    return {
      number,
      by: "browser",
      ask,
      begin: at[0],
      end: status === 0 ? Number.POSITIVE_INFINITY : at[1],
      ...(status > 0 && { status }),
      ...(sent && { sent, sentId: idOf(sent), source: sourceOf(sent, at[0]) }),
      ...(given !== undefined && { given }),
      ...(given && { givenId: idOf(given) }),
      ...(id !== undefined && { seen: { id, isNew: false, user: user!, data } }),
      ...(isNobody !== undefined && { seen: { id: isNobody, isNew: true, user: null, data: {} } }),
      ...rest,
    }
  })
}

/** The rules that a story breaks. */
function brokenBy(story: readonly Told[], limits: Limits = NO_LIMITS): string[] {
  return [...new Set(judgeRequests(visitsOf(story), limits).offences.map(({ rule }) => rule))]
}

/** Ada signs in, and her browser has the secret `one.1` from 10 on. */
const LOGIN: Told = { at: [0, 10], ask: { do: "login", user: "ada" }, isNobody: "one", given: "one.1" }
const set = (key: string, value: string): Ask => ({ do: "set", key, value })
const ADAS = { with: "one.1", finds: ["one", "ada"] } as const

describe("a judge of requests says nothing of", () => {
  const stories: Record<string, { story: readonly Told[]; limits?: Partial<Limits> }> = {
    "a change that the next request sees": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 30], ask: set("a", "x") },
        { ...ADAS, at: [40, 50], finds: ["one", "ada", { a: "x" }] },
      ],
    },
    "two changes at once, of which either may be the last": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 35], ask: set("a", "x") },
        { ...ADAS, at: [25, 30], ask: set("a", "y") },
        { ...ADAS, at: [40, 50], finds: ["one", "ada", { a: "x" }] },
      ],
    },
    "a change without an answer, seen or not": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 0], ask: set("a", "x"), status: 0 },
        { ...ADAS, at: [30, 40] },
        { ...ADAS, at: [50, 60], finds: ["one", "ada", { a: "x" }] },
      ],
    },
    "data that a login of the same user took along": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 30], ask: set("a", "x") },
        {
          ...ADAS,
          at: [40, 50],
          ask: { do: "login", user: "ada" },
          finds: ["one", "ada", { a: "x" }],
          given: "two.1",
        },
        { at: [60, 70], with: "two.1", finds: ["two", "ada", { a: "x" }] },
      ],
    },
    "a request beside a rotation that found nobody": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 30], ask: { do: "rotate" }, given: "one.2" },
        { at: [25, 35], with: "one.1", isNobody: "new" },
      ],
    },
    "an answer to a renewal that overtook that of a rotation": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 40], given: "one.2" },
        { ...ADAS, at: [25, 35], ask: { do: "rotate" }, given: "one.3" },
        { at: [50, 60], with: "one.2", isNobody: "new" },
      ],
    },
    "a rotation whose answer was lost": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 0], ask: { do: "rotate" }, status: 0 },
        { at: [50, 60], with: "one.1", isNobody: "new" },
      ],
    },
    "a login that holds beside another user's": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 40], ask: { do: "login", user: "bob" }, given: "two.1" },
        { ...ADAS, at: [25, 35], ask: { do: "login", user: "ada" }, given: "one.2" },
        { at: [50, 60], with: "one.2", finds: ["one", "ada"], isCopy: true },
      ],
    },
    "a rotation that was answered with an error": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 30], ask: { do: "rotate" }, status: 503 },
        { at: [50, 60], with: "one.1", isNobody: "new" },
      ],
    },
    "a change that was told of an end beside it": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 30], ask: { do: "logout" }, given: null },
        { at: [25, 35], with: "one.1", ask: set("a", "x"), status: 409 },
      ],
    },
    "a login that was refused beside a revocation": {
      story: [
        { at: [0, 20], ask: { do: "login", user: "ada" }, status: 409 },
        { at: [5, 10], ask: { do: "revokeUser", user: "ada" } },
      ],
    },
    "a change behind a cache that took longer than the grace": {
      story: [LOGIN, { at: [20, 2000], with: "one.1", ask: set("a", "x"), status: 409 }],
      limits: { stale: 60_000 },
    },
    "what another process sees while a cache that failed has not heard of a change": {
      story: [
        LOGIN,
        { ...ADAS, at: [20, 30], ask: set("a", "x"), server: "1" },
        { ...ADAS, at: [40, 50], server: "2" },
      ],
      limits: { stale: 60_000, faults: [{ begin: 15, end: 25 }] },
    },
  }
  it.each(Object.entries(stories))("%s", (_name, { story, limits }) => {
    expect(brokenBy(story, { ...NO_LIMITS, ...limits })).toEqual([])
  })
})

describe("a judge of requests finds", () => {
  const stories: Record<string, readonly [rule: string, ...story: Told[]]> = {
    "a change that was lost": [
      "a change stays until the key is changed again",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: set("a", "x") },
      { ...ADAS, at: [40, 50] },
    ],
    "a change that an older one took the place of": [
      "a change stays until the key is changed again",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: set("a", "x") },
      { ...ADAS, at: [40, 50], ask: set("a", "y"), finds: ["one", "ada", { a: "x" }] },
      { ...ADAS, at: [60, 70], finds: ["one", "ada", { a: "x" }] },
    ],
    "a change that was seen and is gone": [
      "a change stays until the key is changed again",
      LOGIN,
      { ...ADAS, at: [20, 100], ask: set("a", "x") },
      { ...ADAS, at: [30, 40], finds: ["one", "ada", { a: "x" }] },
      { ...ADAS, at: [50, 60] },
    ],
    "a change that is seen before it is asked for": [
      "nothing is seen before it was asked for",
      LOGIN,
      { ...ADAS, at: [20, 30], finds: ["one", "ada", { a: "x" }] },
      { ...ADAS, at: [40, 50], ask: set("a", "x"), finds: ["one", "ada", { a: "x" }] },
    ],
    "data that nobody wrote": [
      "data is what was written",
      LOGIN,
      { ...ADAS, at: [20, 30], finds: ["one", "ada", { a: "x" }] },
    ],
    "a change that was refused and is there": [
      "what was refused is not stored",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "rotate" }, given: "one.2" },
      { at: [25, 35], with: "one.1", ask: set("a", "x"), status: 409 },
      { at: [40, 50], with: "one.2", finds: ["one", "ada", { a: "x" }] },
    ],
    "a step that was lost": [
      "a step that was acknowledged stays",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "add", value: "x" }, steps: ["x"] },
      { ...ADAS, at: [40, 50] },
    ],
    "a step that began its session and was lost": [
      "a step that was acknowledged stays",
      { at: [0, 10], ask: { do: "add", value: "x" }, isNobody: "one", steps: ["x"], given: "one.1" },
      { at: [40, 50], with: "one.1", finds: ["one", null] },
    ],
    "two steps that took each other's place": [
      "steps make one list",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "add", value: "x" }, steps: ["x"] },
      { ...ADAS, at: [20, 30], ask: { do: "add", value: "y" }, steps: ["y"] },
    ],
    "a step that was made twice": [
      "a step is made once",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "add", value: "x" }, steps: ["x", "x"] },
    ],
    "a step that nobody asked for": [
      "a step is one that was asked for",
      LOGIN,
      { ...ADAS, at: [20, 30], finds: ["one", "ada", { steps: ["x"] }] },
    ],
    "steps in an order in which they can't have come": [
      "steps lie in the order in which they came",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "add", value: "x" } },
      { ...ADAS, at: [40, 50], ask: { do: "add", value: "y" }, steps: ["y", "x"] },
    ],
    "a step that is seen before it is asked for": [
      "nothing is seen before it was asked for",
      LOGIN,
      { ...ADAS, at: [20, 30], finds: ["one", "ada", { steps: ["x"] }] },
      { ...ADAS, at: [40, 50], ask: { do: "add", value: "x" }, finds: ["one", "ada", { steps: ["x"] }] },
    ],
    "a step that was refused and is there": [
      "what was refused is not stored",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "rotate" }, given: "one.2" },
      { at: [25, 35], with: "one.1", ask: { do: "add", value: "x" }, status: 409 },
      { at: [40, 50], with: "one.2", finds: ["one", "ada", { steps: ["x"] }] },
    ],
    "a session that lives after its logout": [
      "what has ended stays ended",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "logout" }, given: null },
      { ...ADAS, at: [40, 50], isCopy: true },
    ],
    "a session that lives after it was revoked": [
      "what has ended stays ended",
      LOGIN,
      { at: [20, 30], ask: { do: "revoke", id: "one" } },
      { ...ADAS, at: [40, 50] },
    ],
    "a session that lives after its user's were revoked": [
      "what has ended stays ended",
      LOGIN,
      { at: [20, 30], ask: { do: "revokeUser", user: "ada" } },
      { ...ADAS, at: [40, 50] },
    ],
    "a login that slipped through a revocation after its password was checked": [
      "what has ended stays ended",
      { ...LOGIN, at: [0, 30], marked: 5 },
      { at: [10, 20], ask: { do: "revokeUser", user: "ada" } },
      { ...ADAS, at: [40, 50] },
    ],
    "a session that lives after another user signed in": [
      "what has ended stays ended",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "login", user: "bob" }, given: "two.1" },
      { ...ADAS, at: [40, 50], isCopy: true },
    ],
    "a session that a login left and that lives after the end of the one it began": [
      "what has ended stays ended",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "login", user: "ada" }, given: "two.1" },
      { at: [40, 50], with: "two.1", ask: { do: "logout" }, finds: ["two", "ada"], given: null },
      { ...ADAS, at: [60, 70], isCopy: true },
    ],
    "a secret that works after a rotation": [
      "a superseded cookie opens nothing",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "rotate" }, given: "one.2" },
      { ...ADAS, at: [40, 50], isCopy: true },
    ],
    "a secret from before a login that works after it": [
      "a superseded cookie opens nothing",
      { at: [0, 5], ask: set("a", "x"), isNobody: "one", given: "one.0" },
      {
        at: [6, 10],
        with: "one.0",
        ask: { do: "login", user: "ada" },
        finds: ["one", null, { a: "x" }],
        given: "one.1",
      },
      { at: [40, 50], with: "one.0", finds: ["one", "ada", { a: "x" }], isCopy: true },
    ],
    "a browser that is signed out by nothing": [
      "nobody is signed out but by an end",
      LOGIN,
      { ...ADAS, at: [20, 30] },
      { at: [40, 50], with: "one.1", isNobody: "new" },
    ],
    "a browser that a renewal signs out": [
      "nobody is signed out but by an end",
      LOGIN,
      { ...ADAS, at: [20, 30], given: "one.2" },
      { at: [40, 50], with: "one.2", isNobody: "new" },
    ],
    "a browser that a login beside a renewal signs out": [
      "nobody is signed out but by an end",
      LOGIN,
      { ...ADAS, at: [20, 40], given: "one.2" },
      { ...ADAS, at: [25, 35], ask: { do: "login", user: "ada" }, given: "two.1" },
      { at: [50, 60], with: "one.2", isNobody: "new" },
    ],
    "somebody who did not sign in": [
      "nobody is signed in who did not sign in",
      { at: [0, 10], ask: set("a", "x"), isNobody: "one", given: "one.1" },
      { at: [20, 30], with: "one.1", finds: ["one", "ada", { a: "x" }] },
    ],
    "a login that does not hold": [
      "a login holds",
      LOGIN,
      { at: [20, 30], with: "one.1", finds: ["one", null] },
    ],
    "what another user wrote": [
      "nobody sees what another user wrote",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: set("a", "x") },
      {
        ...ADAS,
        at: [40, 50],
        ask: { do: "login", user: "bob" },
        finds: ["one", "ada", { a: "x" }],
        given: "two.1",
      },
      { at: [60, 70], with: "two.1", finds: ["two", "bob", { a: "x" }] },
    ],
    "data in a session that has nothing to do with it": [
      "data stays in its session",
      { at: [0, 10], ask: set("a", "x"), isNobody: "one", given: "one.1" },
      { at: [0, 10], ask: set("b", "y"), isNobody: "two", given: "two.1" },
      { at: [20, 30], with: "two.1", finds: ["two", null, { a: "x", b: "y" }] },
    ],
    "somebody who is told of an end that never was": [
      "who is told of an end had a session that ended",
      LOGIN,
      { at: [20, 30], with: "one.1", ask: set("a", "x"), status: 409 },
    ],
    "somebody who is told of an end after a rotation that brought the cookie": [
      "who is told of an end had a session that ended",
      LOGIN,
      { ...ADAS, at: [12, 18], ask: { do: "rotate" }, given: "one.2" },
      { at: [20, 30], with: "one.2", ask: set("a", "x"), status: 409 },
    ],
    "a login that is refused without a revocation": [
      "a login is refused only beside a revocation",
      { at: [0, 10], ask: { do: "login", user: "ada" }, status: 409 },
      { at: [20, 30], ask: { do: "revokeUser", user: "ada" } },
    ],
    "a late request that begins another session": [
      "a late request begins no session",
      LOGIN,
      { ...ADAS, at: [20, 30], ask: { do: "rotate" }, given: "one.2" },
      { at: [25, 35], with: "one.1", ask: set("a", "x"), isNobody: "new", given: "new.1" },
    ],
  }
  it.each(Object.entries(stories))("%s", (_name, [rule, ...story]) => {
    expect(brokenBy(story)).toEqual([rule])
  })
})

describe("a judge of requests finds what a cache has not heard of", () => {
  const story = (server: string, begin: number): readonly Told[] => [
    LOGIN,
    { ...ADAS, at: [20, 30], ask: set("a", "x"), server: "1" },
    { ...ADAS, at: [begin, begin + 10], server },
  ]
  const limits = { ...NO_LIMITS, stale: 60_000, faults: [{ begin: 15, end: 25 }] }
  const rule = "a change stays until the key is changed again"

  it("in the process that made the change", () => {
    expect(brokenBy(story("1", 40), limits)).toEqual([rule])
  })

  it("later than it may", () => {
    expect(brokenBy(story("2", 60_040), limits)).toEqual([rule])
  })

  it("without anything that failed", () => {
    expect(brokenBy(story("2", 40), { ...limits, faults: [{ begin: 35, end: 40 }] })).toEqual([rule])
  })
})

describe("a judge of requests holds nobody to", () => {
  it("finding a session that may have ended", () => {
    const story: Told[] = [
      LOGIN,
      { ...ADAS, at: [20, 0], ask: { do: "logout" }, status: 0 },
      { at: [40, 50], with: "one.1", isNobody: "new" },
    ]
    expect(judgeRequests(visitsOf(story))).toEqual({ offences: [], entitled: 0 })
  })

  it("finding a session after an answer that took longer than the grace", () => {
    const story: Told[] = [LOGIN, { at: [20, 2000], with: "one.1", isNobody: "new" }]
    expect(judgeRequests(visitsOf(story))).toEqual({ offences: [], entitled: 0 })
  })
})

describe("a judge of requests", () => {
  /** One session that sees so many requests, each of which sets a key or adds a step. */
  function longStory(count: number): Told[] {
    let data: SeenData = { steps: [] }
    return Array.from({ length: count }, (_, n): Told => {
      const seen = data
      const at = [20 + n * 10, 35 + n * 10] as const
      const finds = ["one", "ada", seen] as const
      if (n % 100 === 0) {
        const steps = [...data.steps!, `step ${n}`]
        data = { ...data, steps }
        return { at, with: "one.1", finds, ask: { do: "add", value: `step ${n}` }, steps }
      }
      data = { ...data, [`key ${n % 4}`]: `value ${n}` }
      return { at, with: "one.1", finds, ask: set(`key ${n % 4}`, `value ${n}`) }
    })
  }

  it("judges 10,000 requests of one session with little more work than it takes to write and read them as JSON", async () => {
    const visits = [LOGIN, ...longStory(10_000)].map(
      (told, number): Visit => ({ ...visitsOf([told])[0]!, number, ...(number > 0 && { source: 0 }) }),
    )
    expect(judgeRequests(visits)).toEqual({ offences: [], entitled: 10_000 })
    const cost = await costIn(
      () => JSON.parse(JSON.stringify(visits)),
      () => judgeRequests(visits),
      5,
    )
    expect(cost).toBeLessThan(4)
  })
})
