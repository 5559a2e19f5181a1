import { describe, expect, it } from "vitest"
import type { SessionRecord } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import type { StoreCall } from "../../src/testing/history/call.ts"
import { drawn } from "../../src/testing/history/drawing.ts"
import { judge } from "../../src/testing/history/judge.ts"
import { recorded, recordingInMemory } from "../../src/testing/history/recorder.ts"
import { explain } from "../../src/testing/history/search.ts"
import { callAtRandom, seeded } from "../../src/testing/history/workload.ts"

// Small histories, each of which breaks one rule and no other, and their like that break none. A call takes a millisecond from
// the instant that is given, unless it says when it ends; a payload stands for the version of its record too.

type Some = Partial<StoreCall> & { readonly userId?: string | null; readonly expiresAt?: number }

const FAR = 1e12

function recordOf(payload: string, { userId = null, expiresAt = FAR }: Some): SessionRecord {
  return { id: "s", userId, payload, expiresAt }
}

function call(kind: StoreCall["call"], begin: number, some: Partial<StoreCall>): StoreCall {
  return { by: "one", call: kind, id: "s", begin, end: begin + 1, at: begin, ...some }
}

function write(payload: string, { userId, expiresAt, ...some }: Some): Partial<StoreCall> {
  const { id: _, ...given } = recordOf(payload, {
    ...(userId && { userId }),
    ...(expiresAt !== undefined && { expiresAt }),
  })
  return { given, answer: payload, ...some }
}

const create = (begin: number, payload: string, some: Some = {}): StoreCall =>
  call("create", begin, write(payload, some))
const replace = (begin: number, version: string, payload: string, some: Some = {}): StoreCall =>
  call("replace", begin, { version, ...write(payload, some) })
const touch = (begin: number, version: string, expiresAt: number, some: Some = {}): StoreCall =>
  call("touch", begin, { version, expiresAt, answer: true, ...some })
const remove = (begin: number, answer: boolean, some: Some = {}): StoreCall =>
  call("delete", begin, { answer, ...some })
const read = (begin: number, payload: string, { userId, expiresAt, ...some }: Some = {}): StoreCall =>
  call("read", begin, {
    answer: {
      record: recordOf(payload, { ...(userId && { userId }), ...(expiresAt !== undefined && { expiresAt }) }),
      version: payload,
    },
    ...some,
  })
const absent = (begin: number, some: Some = {}): StoreCall => call("read", begin, { answer: null, ...some })
const list = (begin: number, user: string, ...payloads: readonly string[]): StoreCall =>
  call("list", begin, { id: user, answer: payloads.map((payload) => recordOf(payload, { userId: user })) })
/** A call without an answer. */
function lost({ answer: _, ...asked }: StoreCall): StoreCall {
  return { ...asked, end: Number.POSITIVE_INFINITY }
}

const ADA = { userId: "ada" }

const BROKEN: readonly (readonly [rule: string, ...calls: readonly StoreCall[]])[] = [
  ["a deadline is one that was set", create(0, "a"), read(10, "a", { expiresAt: FAR + 5000 })],
  ["a touch that was answered holds", create(0, "a"), touch(10, "a", FAR + 5000), read(20, "a")],
  [
    "a record past its deadline is absent",
    create(0, "a", { expiresAt: 1000 }),
    read(2000, "a", { expiresAt: 1000 }),
  ],
  ["a record stays until it is ended", create(0, "a"), absent(10)],
  ["a record stays until it is ended", create(0, "a"), remove(10, true), create(20, "b"), absent(30)],
  [
    "a record stays until it is ended",
    create(0, "a", { expiresAt: FAR }),
    touch(10, "a", FAR + 5000),
    absent(20),
  ],
  [
    "a record stays until it is ended",
    create(0, "a", { expiresAt: 1000 }),
    replace(10, "a", "b"),
    absent(2000),
  ],
  ["a delete is done once, and where something is", create(0, "a"), remove(10, true), remove(20, true)],
  ["a delete is done once, and where something is", remove(20, true)],
  ["a list shows the user's own records", create(0, "a", ADA), list(10, "bob", "a")],
  ["a list shows the user's own records", list(10, "bob", "a")],
  ["a list shows what is there", create(0, "a", ADA), replace(10, "a", "b", ADA), list(20, "ada", "a", "b")],
  ["a list misses nothing", create(0, "a", ADA), list(10, "ada"), read(20, "a", ADA)],
  [
    "what ended stays ended, and what is there is not created again",
    create(0, "a"),
    create(10, "b"),
    read(20, "a"),
  ],
  [
    "one write goes over another, and no second one",
    create(0, "a"),
    replace(10, "a", "b"),
    replace(10, "a", "c"),
  ],
  ["a call sees the last write that was answered", create(0, "a"), replace(10, "a", "b"), read(20, "a")],
  [
    "a call sees the last write that was answered",
    create(0, "a"),
    replace(10, "a", "b"),
    touch(20, "a", FAR),
  ],
  ["a call sees no write before it begins", read(0, "a"), create(10, "a")],
  ["what is there is found", create(0, "a"), absent(10), read(20, "a")],
  ["what is there is found", create(0, "a"), remove(10, false), read(20, "a")],
  ["a create is refused only where a record is", create(10, "a", { answer: null })],
  [
    "a create is refused only where a record is",
    create(0, "a"),
    remove(10, true),
    create(20, "b", { answer: null }),
  ],
  [
    "a write is refused only where it comes too late",
    create(0, "a"),
    touch(10, "a", FAR, { answer: false }),
    read(20, "a"),
  ],
  ["a version stands for one write", create(0, "a"), replace(10, "a", "b", { answer: "a" })],
  ["a read gives what was written", create(0, "a"), read(10, "a", ADA)],
  ["a read gives what was written", read(10, "a")],
]

const RIGHT: Readonly<Record<string, readonly StoreCall[]>> = {
  "a deadline a step beside the one that was set": [create(0, "a"), read(10, "a", { expiresAt: FAR + 1 })],
  "a deadline of a touch that is under way": [
    create(0, "a"),
    touch(10, "a", FAR + 5000, { end: 30 }),
    read(20, "a"),
  ],
  "a deadline of a touch without an answer": [
    create(0, "a"),
    lost(touch(10, "a", FAR + 5000)),
    read(20, "a", { expiresAt: FAR + 5000 }),
  ],
  "a record that has come to its deadline": [create(0, "a", { expiresAt: 1000 }), absent(2000)],
  "a record that was ended by its deadline": [
    create(0, "a"),
    replace(10, "a", "b", { expiresAt: 0 }),
    absent(20),
  ],
  "a record that was ended by a touch": [create(0, "a"), touch(10, "a", 0), absent(20)],
  "an end without an answer": [create(0, "a"), lost(remove(10, true)), absent(20)],
  "a record that a delete meets": [create(0, "a"), remove(10, true, { end: 30 }), absent(20)],
  "a create without an answer, and a delete": [lost(create(0, "a")), remove(10, true)],
  "a create that is refused beside a create without an answer": [
    lost(create(0, "a")),
    create(10, "b", { answer: null }),
  ],
  "a write over a copy": [
    create(0, "a"),
    replace(10, "a", "b"),
    read(20, "a", { answer: { record: recordOf("a", {}), version: "a", isCopy: true } }),
  ],
  "a list of what is written meanwhile": [
    create(0, "a", ADA),
    replace(10, "a", "b", { ...ADA, end: 30 }),
    list(20, "ada", "a"),
  ],
  "a list that a delete meets": [create(0, "a", ADA), remove(10, true, { end: 30 }), list(20, "ada")],
  "two creates with an end between": [create(0, "a"), remove(10, true), create(20, "b"), read(30, "b")],
  "calls at one instant": [create(0, "a", { end: 10 }), absent(10), read(20, "a")],
  "calls at the same time": [
    create(0, "a"),
    replace(10, "a", "b", { end: 20 }),
    read(11, "b", { end: 12 }),
    read(13, "b", { end: 14 }),
  ],
}

describe("the judge of histories", () => {
  it.each(BROKEN.map(([rule, ...calls]) => ({ rule, calls })))("finds that $rule", ({ rule, calls }) => {
    expect([...new Set(judge(calls).map((violation) => violation.rule))]).toEqual([rule])
  })

  it.each(Object.entries(RIGHT))("has nothing against %s", (_name, calls) => {
    expect(judge(calls).map((violation) => drawn(violation, calls))).toEqual([])
  })
})

describe("a drawing", () => {
  it("marks the calls that contradict each other, beside those around them", () => {
    const calls = [create(0, "a"), touch(2, "a", FAR), replace(10, "a", "b"), read(20, "a")]
    const [violation] = judge(calls)
    const lines = drawn(violation!, calls).split("\n")
    expect(lines.map((line) => line[0])).toEqual(["B", "▶", " ", "▶", "▶"])
  })

  it("leaves the others out where they are many", () => {
    const many = Array.from({ length: 50 }, (_, n) => touch(1 + n / 10, "a", FAR))
    const calls = [create(0, "a"), ...many, replace(10, "a", "b"), read(20, "a")]
    const [violation] = judge(calls)
    expect(drawn(violation!, calls).split("\n")).toHaveLength(4)
  })
})

describe("an explanation", () => {
  it("is an order of calls, whose answers fit", () => {
    const calls = [create(0, "a", { end: 10 }), absent(2, { end: 5 }), read(3, "a", { end: 6 })]
    expect(explain(calls)).toBe("explained")
  })

  it("is missing where no order fits: these are the calls", () => {
    const calls = [create(0, "a"), absent(10), read(20, "a")]
    expect(explain(calls)).toEqual([calls[1]])
  })

  it("keeps to the order of calls that came one after another beside a longer one", () => {
    const calls = [list(0, "ada"), create(1, "a"), absent(10), read(20, "a")]
    const [long, ...others] = calls
    const together = [{ ...long!, end: 100 }, ...others]
    expect(explain(together)).toEqual(together)
  })

  it("is not to be had of calls without an answer, and of deadlines on their way", () => {
    expect(explain([lost(create(0, "a"))])).toBe("unknown")
    expect(explain([create(0, "a", { expiresAt: 1000 }), absent(10)])).toBe("unknown")
  })
})

describe("a recording", () => {
  it("has calls that failed, and those that are under way, without an answer", async () => {
    const { record, calls } = recordingInMemory()
    const never = new Promise<never>(() => {})
    const failing = { read: () => Promise.reject(new Error("down")), delete: () => never }
    const store = recorded(failing as never, "one", record) as unknown as typeof failing
    await expect(store.read()).rejects.toThrow("down")
    void store.delete()
    expect(calls().map(({ call, end, answer }) => [call, end, answer])).toEqual([
      ["read", Number.POSITIVE_INFINITY, undefined],
      ["delete", Number.POSITIVE_INFINITY, undefined],
    ])
  })
})

describe("a workload", () => {
  it("makes every kind of call, and ends sessions by their deadline too", async () => {
    const { record, calls } = recordingInMemory()
    const stop = new AbortController()
    let count = 0
    const store = recorded(memoryStore(), "one", (call) => {
      if (++count === 2000) stop.abort()
      return record(call)
    })
    await callAtRandom(store, { ids: () => ["a", "b"], users: ["ada"], random: seeded(1) }, stop.signal)
    const kinds = Map.groupBy(calls(), ({ call }) => call)
    expect([...kinds.keys()].sort()).toEqual(["create", "delete", "list", "read", "replace", "touch"])
    expect(kinds.get("replace")!.some(({ given }) => given!.expiresAt === 0)).toBe(true)
    expect(kinds.get("touch")!.some(({ expiresAt }) => expiresAt === 0)).toBe(true)
  })
})

describe("a seed", () => {
  it("gives the same numbers each time, and others than another seed", () => {
    const numbers = (seed: number): readonly number[] => Array.from({ length: 50 }, seeded(seed))
    expect(numbers(7)).toEqual(numbers(7))
    expect(new Set([...numbers(7), ...numbers(8)]).size).toBe(100)
    expect(numbers(0).every((number) => number >= 0 && number < 1)).toBe(true)
  })
})
