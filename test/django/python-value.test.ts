import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parsePython, pythonJson } from "../../src/django/python-json.ts"
import { floatText, plain, revise } from "../../src/django/python-value.ts"

const edit = (python: string, change: (data: Record<string, unknown>) => void): string => {
  const before = parsePython(python)!
  const data = JSON.parse(JSON.stringify(plain(before)))
  change(data)
  return pythonJson(revise(before, data))
}

describe("values that came from Python", () => {
  it("survive a write beside them, to the last digit", () => {
    const python = String.raw`{"2":1,"1":1.0,"big":9007199254740993,"e":1e+16,"s":1e-07,"nz":-0.0,"n":[NaN,Infinity,-Infinity],"l":"\ud83d","d":"\u007f"}`
    const written = edit(python, (data) => {
      data.new = "é"
    })
    expect(written).toBe(String.raw`${python.slice(0, -1)},"new":"\u00e9"}`)
  })

  it("survive also inside what was changed", () => {
    const written = edit('{"a":{"b":1.0,"c":9007199254740993,"d":[1.0,2]}}', (data) => {
      const a = data.a as { b: number; d: number[] }
      a.d.push(3)
      a.b += 1
    })
    expect(written).toBe('{"a":{"b":2.0,"c":9007199254740993,"d":[1.0,2,3]}}')
  })

  it("go when they are removed, and change kind when they are replaced", () => {
    const written = edit('{"a":1,"b":{"c":1},"d":2}', (data) => {
      delete data.a
      data.b = [null, true, 0.5]
    })
    expect(written).toBe('{"b":[null,true,0.5],"d":2}')
  })

  it("may be named __proto__", () => {
    const written = edit('{"__proto__":{"x":1.0}}', (data) => {
      Object.assign(data, { constructor: 2 })
    })
    expect(written).toBe('{"__proto__":{"x":1.0},"constructor":2}')
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  it("may not nest deeper than Python reads", () => {
    let deep: unknown = 1
    for (let level = 0; level < 600; level++) deep = [deep]
    expect(() => revise(undefined, { deep })).toThrow(/deeper/)
    expect(parsePython(`${"[".repeat(100_000)}1`)).toBeUndefined()
  })

  it.each([
    "",
    "{",
    '{"a"}',
    '{"a":}',
    "[1,]",
    "[1 2]",
    "{'a':1}",
    "01",
    "nul",
    '"\n"',
    "1 1",
    '"',
    '"\\',
  ])("are not read from %j", (text) => expect(parsePython(text)).toBeUndefined())

  it("are written as Python prints them", () => {
    expect([1, 1e16, 1e15, 1e-4, 1e-5, 1.5e-7, 1e100, 123456789.125, 5e-324].map(floatText)).toEqual(
      "1.0 1e+16 1000000000000000.0 0.0001 1e-05 1.5e-07 1e+100 123456789.125 5e-324".split(" "),
    )
  })

  it("read like JSON.parse reads, whatever the JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value)
        const again = parsePython(JSON.stringify(value, undefined, 1))!
        expect(JSON.stringify(plain(again))).toBe(JSON.stringify(JSON.parse(text)))
        const written = pythonJson(revise(undefined, JSON.parse(text)))
        expect(written).toMatch(/^[\x20-\x7e]*$/)
        expect(JSON.parse(written)).toEqual(JSON.parse(text))
      }),
    )
  })

  it("come to say what was wanted, whatever was there", () => {
    const json = fc.jsonValue({ maxDepth: 4 })
    fc.assert(
      fc.property(json, json, (before, after) => {
        const revised = plain(revise(parsePython(JSON.stringify(before))!, JSON.parse(JSON.stringify(after))))
        expect(JSON.parse(JSON.stringify(revised))).toEqual(JSON.parse(JSON.stringify(after)))
      }),
    )
  })
})
