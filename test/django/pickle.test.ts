import { spawnSync } from "node:child_process"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parsePickle } from "../../src/django/pickle-reader.ts"
import { pickle } from "../../src/django/pickle-writer.ts"
import { parsePython, pythonJson } from "../../src/django/python-json.ts"
import { floatText, type PythonValue, plain, revise } from "../../src/django/python-value.ts"
import { vectors } from "./vectors.ts"

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex")

describe("pickles", () => {
  it.each(vectors.pickle5)("are read: $json", ({ json, hex }) => {
    expect(plain(parsePickle(bytes(hex)))).toEqual(json)
  })

  it.each(vectors.pickle5)("are written byte for byte: $json", ({ json, hex }) => {
    expect(pickle(revise(undefined, json)).toString("hex")).toBe(hex)
  })

  it.each(vectors.pickle5_python_only)("keep what only Python knows: $what", ({ hex }) => {
    expect(pickle(parsePickle(bytes(hex))).toString("hex")).toBe(hex)
  })

  it.each([
    ["a call of os.system", "80024e63706f7369780a73797374656d0a58040000006563686f855283"],
    ["os.system by STACK_GLOBAL", "80048c05706f736978948c0673797374656d94939452 2e".replace(" ", "")],
    ["a global", "80026364617465746964650a646174650a2e"],
    ["an object", "8002810e2e"],
    ["a persistent id", "80024b01512e"],
    ["an extension", "800282012e"],
    ["a set", "80058f942e"],
    ["a bytearray", "80059601000000000000006194 2e".replace(" ", "")],
    ["an out-of-band buffer", "8005972e"],
    ["protocol 0", "49310a2e"],
    ["protocol 6", "80064e2e"],
    ["nothing", ""],
    ["no end", "80054e"],
    ["an empty stack", "80052e"],
    ["too much", "80054e4e2e"],
    ["a length beyond its end", "80058dffffffffffffffff2e"],
    ["a list as a key", "80057d5d4e732e"],
    ["a key without its value", "80057d284e752e"],
    ["an item for no list", "80054e4e612e"],
    ["a mark that is missing", "80055d652e"],
    ["a note never made", "800568052e"],
    ["a note at an index out of reach", "80055d72ffffffff2e"],
    ["itself", "80055d9468006 12e".replace(" ", "")],
    ["text that is not UTF-8", "80058c02c3282e"],
  ])("are refused when they hold %s", (_what, hex) => {
    expect(() => parsePickle(bytes(hex))).toThrow(expect.objectContaining({ code: "ERR_SESSION_DATA" }))
  })

  it("are refused when few bytes hold billions of values", () => {
    // A list, then forty times a list of the one before it, twice.
    const doubled = (n: number): Buffer => Buffer.of(0x5d, 0x94, 0x28, 0x68, n, 0x68, n, 0x65)
    const lists = Array.from({ length: 40 }, (_, n) => doubled(n))
    const laughs = Buffer.concat([bytes("8005285d94"), ...lists, bytes("742e")])
    expect(() => parsePickle(laughs)).toThrow(/too many/)
  })

  it("are refused or read, but never more, whatever their bytes", () => {
    const opcodes = fc.constantFrom(
      ...bytes(
        "28294b4d4a8a8b4e8889478c588d4342 8e5d61657d73758586877494717268 6a952e63528110".replaceAll(" ", ""),
      ),
    )
    const body = fc.array(fc.oneof({ weight: 3, arbitrary: opcodes }, fc.nat(255)), { maxLength: 60 })
    fc.assert(
      fc.property(body, (body) => {
        try {
          parsePickle(Buffer.from([0x80, 5, ...body, 0x2e]))
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_SESSION_DATA" })
        }
      }),
      { numRuns: 5000 },
    )
  })

  it("come back as they went, whatever they hold", () => {
    const { value } = fc.letrec<{ value: PythonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, depthSize: "small" },
        fc.constantFrom(null, true, false),
        fc.bigInt(),
        fc.double({ noNaN: true }),
        fc.string({ unit: "binary" }),
        fc.constantFrom("\ud83d", "a\udc00b", "é".repeat(200), "\ufeffx", "\ufffd"),
        fc.uint8Array(),
        fc.array(tie("value")),
        fc.array(tie("value")).map((tuple) => ({ tuple })),
        fc
          .array(fc.tuple(fc.oneof(fc.string(), fc.bigInt(), fc.constant(null)), tie("value")))
          .map((entries) => new Map(entries)),
      ),
    }))
    fc.assert(
      fc.property(value, (value) => {
        expect(parsePickle(pickle(value))).toEqual(value)
      }),
    )
  })

  const python = (program: string, input: Buffer): Buffer | undefined => {
    const { status, stdout } = spawnSync("/usr/bin/python3", ["-c", program], { input })
    return status === 0 ? stdout : undefined
  }

  it.skipIf(!python("import json", Buffer.from("")))("mean the same to Python, in every protocol", () => {
    const json = String.raw`{"a":[1,-1,255,256,65535,65536,-2147483649,1180591620717411303424,-9223372036854775809,1.0,-0.0,1e+16],"\ud83d":"\u00e9\ud83d\ude00","t":[true,null,{"x":{}}],"long":"${"y".repeat(70_000)}","many":[${Array.from({ length: 2500 }, (_, n) => n)}]}`
    const value = parsePython(json)!
    const read =
      "import sys,json,pickle; print(json.dumps(pickle.load(sys.stdin.buffer),separators=(',',':')),end='')"
    expect(python(read, pickle(value))?.toString()).toBe(json)
    for (const protocol of [2, 3, 4, 5]) {
      const write = `import sys,json,pickle; sys.stdout.buffer.write(pickle.dumps(json.load(sys.stdin),${protocol}))`
      expect(pythonJson(parsePickle(python(write, Buffer.from(json))!))).toBe(json)
    }
  })

  it("hold floats as floats", () => {
    expect(floatText(parsePickle(pickle(1)) as number)).toBe("1.0")
  })
})
