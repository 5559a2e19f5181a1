import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseData, stringifyData } from "../../src/core/data.ts"
import { carry, overlay } from "../../src/core/merge.ts"
import { joined, keyOf, piecesOf } from "../../src/core/pieces.ts"

const json = fc.dictionary(
  fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "0")),
  fc.jsonValue(),
)

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

function named(name: string): object {
  return new (Object.defineProperty(class {}, "name", { value: name }))()
}

const circle: Record<string, unknown> = {}
circle.self = [circle]

describe("the data's text", () => {
  it("comes back as it went", () => {
    fc.assert(
      fc.property(json, (data) => {
        const text = stringifyData(data, "", false)
        expect(JSON.stringify(parseData(text))).toBe(text)
      }),
    )
  })

  it.each<[string, unknown, string]>([
    ["a BigInt", { cart: { total: 1n } }, "data.cart.total is a bigint"],
    ["a function", { save: () => 1 }, "data.save is a function"],
    ["a nested function", { a: [{ b: () => 1 }] }, "data.a[0].b is a function"],
    ["a symbol", { a: Symbol("s") }, "data.a is a symbol"],
    ["a circle", circle, "is a circle"],
    ["NaN", { a: Number.NaN }, "data.a is NaN"],
    ["infinity", { a: [Number.POSITIVE_INFINITY] }, "data.a[0] is Infinity"],
    ["a Map", { a: new Map() }, "data.a is a Map"],
    ["a date", { seen: new Date() }, "data.seen is a Date"],
    ["an instance", { a: new (class Cart {})() }, "data.a is a Cart"],
    ["an undefined item", { a: [undefined] }, "data.a[0] is undefined"],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    ["a hole", { a: [1, , 2] }, "data.a[1] is undefined"],
    ["a deep place", { a: { b: [{ c: { d: 1n } }] } }, "something in data.a.b[0] is a bigint"],
    ["too many levels", { a: nested(128) }, "data.a is nested deeper than 128 levels"],
    ["very many levels", { a: [0, nested(30_000)] }, "data.a is nested deeper than 128 levels"],
    [
      "a key that steers a terminal",
      { "a\n\u001b[31m\u202e": 1n },
      'data["a\\n\\u001b[31m\\u202e"] is a bigint',
    ],
    ["a key without end", { ["k".repeat(1000)]: 1n }, `data["${"k".repeat(40)}…"] is a bigint`],
    ["a class with such a name", { a: named("A\u001b[0m") }, "data.a is an A\\u001b[0m"],
    [
      "a toJSON that makes something else",
      { toJSON: () => 1 },
      "data turns itself into JSON that is not an object",
    ],
    [
      "a toJSON that throws",
      {
        a: {
          toJSON: () => {
            throw new Error("no")
          },
        },
      },
      "data.a",
    ],
  ])("is refused for %s, naming the place", (_what, data, sentence) => {
    const before = "{}"
    expect(() => stringifyData(data as object, before, false)).toThrow(
      expect.objectContaining({ code: "ERR_SESSION_DATA", message: expect.stringContaining(sentence) }),
    )
  })

  it("takes dates where a schema will read them back, and drops undefined members", () => {
    const seen = new Date(0)
    expect(stringifyData({ seen, gone: undefined }, "", true)).toBe('{"seen":"1970-01-01T00:00:00.000Z"}')
  })

  it("may hold one value in two places", () => {
    const shared = { a: 1 }
    expect(stringifyData({ one: shared, two: [shared, shared] }, "", false)).toContain(
      '"two":[{"a":1},{"a":1}]',
    )
  })

  it("may be nested up to the limit, and is refused beyond it, but never a crash", () => {
    for (const levels of [1, 127])
      expect(() => stringifyData({ deep: nested(levels) }, "", false)).not.toThrow()
    for (const levels of [128, 1000, 200_000])
      expect(() => stringifyData({ deep: nested(levels) }, "", false)).toThrow(
        expect.objectContaining({
          code: "ERR_SESSION_DATA",
          message: expect.stringMatching(/deeper than 128/),
        }),
      )
  })

  it("is measured before it is searched", () => {
    const data = { a: 1n, toJSON: () => ({ text: "x".repeat(100) }) }
    expect(() => stringifyData(data, "", false, 100)).toThrow(/takes 111 bytes/)
  })

  it("is no data unless it is an object", () => {
    for (const text of ["", "null", "1", "[]", '"a"', "{", "undefined", '{"a":}'])
      expect(parseData(text)).toBe(undefined)
  })

  it("never reaches a prototype", () => {
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const target: Record<string, unknown> = { stays: 1 }
    for (const key of ["__proto__", "constructor", "stays"]) carry(parseData(text)!, target, key)
    expect(Object.keys(target)).toEqual(["__proto__", "constructor"])
    expect(Object.getPrototypeOf(target)).toBe(Object.prototype)
    expect(({} as { polluted?: unknown }).polluted).toBe(undefined)
    expect(stringifyData(target, "", false)).toBe(text)
  })
})

describe("laying changes over a concurrent write", () => {
  it.each([
    ["keeps both sides' new keys", "{}", '{"a":1}', '{"b":2}', '{"b":2,"a":1}'],
    ["keeps both sides' changes", '{"a":1,"b":1}', '{"a":2,"b":1}', '{"a":1,"b":2}', '{"a":2,"b":2}'],
    ["lets this request win on the same key", '{"a":1}', '{"a":2}', '{"a":3}', '{"a":2}'],
    ["removes what this request removed", '{"a":1,"b":1}', '{"b":1}', '{"a":5,"b":2}', '{"b":2}'],
    ["leaves removed what the other side removed", '{"a":1,"b":1}', '{"a":1,"b":2}', '{"b":1}', '{"b":2}'],
    ["does not resurrect an unchanged key", '{"a":1}', '{"a":1,"c":1}', "{}", '{"c":1}'],
    [
      "takes nested values whole",
      '{"a":{"x":1}}',
      '{"a":{"x":1,"y":2}}',
      '{"a":{"x":9}}',
      '{"a":{"x":1,"y":2}}',
    ],
    [
      "puts indices in front, as objects do",
      '{"a":1}',
      '{"10":1,"a":1}',
      '{"2":0,"a":2}',
      '{"2":0,"10":1,"a":2}',
    ],
    [
      "takes no value for one that it begins with",
      '{"a":1}',
      '{"a":12,"b":{}}',
      '{"a":1,"c":13}',
      '{"a":12,"c":13,"b":{}}',
    ],
    ["treats __proto__ as any key", "{}", '{"__proto__":{"a":1}}', '{"b":1}', '{"b":1,"__proto__":{"a":1}}'],
  ])("%s", (_law, from, mine, theirs, merged) => {
    expect(overlay(from, mine, theirs)).toBe(merged)
  })

  it("cuts text into the JSON of its values", () => {
    fc.assert(
      fc.property(json, json, (data, other) => {
        const text = JSON.stringify(data)
        const pieces = new Map(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]))
        const like = piecesOf(JSON.stringify({ ...data, ...other }))
        for (const cut of [piecesOf(text), piecesOf(text, like), piecesOf(JSON.stringify(data, null, 1))]) {
          expect(new Map([...cut].map(([key, piece]) => [keyOf(key), piece]))).toEqual(pieces)
          expect(joined(cut)).toBe(text)
        }
      }),
    )
  })

  it.each([
    ["long numbers", { a: Array(500).fill(0.1), b: 1 }],
    ["long nested text", { a: [Array(90).fill(7), 'a"]}', [{ b: "\\" }], Array(90).fill("")], b: [] }],
    ["literals", { a: [true, false, null, -1e-7], b: true }],
  ])("cuts %s", (_what, data) => {
    const text = JSON.stringify(data)
    expect([...piecesOf(text)]).toEqual(
      Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]),
    )
  })

  it.each([
    "",
    "null",
    "[1]",
    '{"a":1',
    '{"a":[1}',
    '{"a"',
    "{",
    '{"a":1}}',
    '{"a":1,}',
    "{a:1}",
  ])("finds no values in what is no object: %s", (text) => {
    expect([...piecesOf(text).keys()]).toEqual([])
  })

  it("takes no part of a value for another that is as long", () => {
    for (const [text, like] of [
      ['{"a":"xy,z"}', '{"a":"q"}'],
      ['{"a":[1,2]}', '{"a":10}'],
      ['{"a":{"x":1,"b":2}}', '{"a":123456,"b":10}'],
    ] as const)
      expect([...piecesOf(text, piecesOf(like))]).toEqual([["a", text.slice(5, -1)]])
  })

  it("loses no key that only one side touched, whatever they did", () => {
    fc.assert(
      fc.property(json, json, json, (from, mine, theirs) => {
        const [a, b, c] = [from, mine, theirs].map((data) => JSON.stringify(data)) as [string, string, string]
        const merged = parseData(overlay(a, b, c))!
        const [before, after, other] = [a, b, c].map((text) => parseData(text)!) as [object, object, object]
        const at = (data: object, key: string): string | undefined =>
          Object.hasOwn(data, key) ? JSON.stringify((data as Record<string, unknown>)[key]) : undefined
        for (const key of new Set([...Object.keys(before), ...Object.keys(after), ...Object.keys(other)])) {
          const isMine = at(before, key) !== at(after, key)
          expect(at(merged, key)).toBe(isMine ? at(after, key) : at(other, key))
        }
      }),
    )
  })
})
