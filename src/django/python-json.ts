import { floatText, itemsOf, keyText, MAX_DEPTH, type PythonDict, type PythonValue } from "./python-value.ts"

/**
 * The value that Python's `json` reads from the text: NaN and infinities as bare words, integers of any size.
 * `undefined` when it is not such text, or nests deeper than Python would.
 */
export function parsePython(text: string): PythonValue | undefined {
  let at = 0

  function token(pattern: RegExp): string | undefined {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }

  /** Skips white space, and the mark if it comes next. */
  function skip(mark: string): boolean {
    token(SPACE)
    if (text[at] !== mark) return false
    at++
    token(SPACE)
    return true
  }

  function need(mark: string): void {
    if (!skip(mark)) throw BROKEN
  }

  function string(): string {
    let end = at + 1
    while (text[end] !== '"') {
      if (end >= text.length) throw BROKEN
      end += text[end] === "\\" ? 2 : 1
    }
    const literal = text.slice(at, end + 1)
    at = end + 1
    return JSON.parse(literal)
  }

  function value(depth: number): PythonValue {
    if (depth > MAX_DEPTH) throw BROKEN
    if (text[at] === '"') return string()
    if (skip("[")) {
      const items: PythonValue[] = []
      if (skip("]")) return items
      do items.push(value(depth + 1))
      while (skip(","))
      need("]")
      return items
    }
    if (skip("{")) {
      const dict: PythonDict = new Map()
      if (skip("}")) return dict
      do {
        if (text[at] !== '"') throw BROKEN
        const key = string()
        need(":")
        dict.set(key, value(depth + 1))
      } while (skip(","))
      need("}")
      return dict
    }
    const number = token(NUMBER)
    if (number !== undefined && /^-?\d+$/.test(number)) return integer(number)
    if (number !== undefined) return Number(number)
    const word = token(WORD)
    if (word === undefined) throw BROKEN
    return WORDS[word]!
  }

  try {
    token(SPACE)
    const whole = value(0)
    token(SPACE)
    return at === text.length ? whole : undefined
  } catch {
    return undefined
  }
}

function integer(digits: string): bigint {
  if (digits.length > MAX_DIGITS) throw BROKEN
  return BigInt(digits)
}

/**
 * The JSON that Django writes: compact, and ASCII only, since Django reads the bytes as Latin-1. Bytes,
 * which JSON can't hold, become base64 text.
 */
export function pythonJson(value: PythonValue): string {
  if (typeof value === "string") return ascii(value)
  if (typeof value === "number") return floatText(value)
  if (value === null || typeof value !== "object") return String(value)
  if (value instanceof Uint8Array) return ascii(Buffer.from(value).toString("base64"))
  if (value instanceof Map)
    return `{${[...value].map(([key, inner]) => `${ascii(keyText(key))}:${pythonJson(inner)}`).join(",")}}`
  return `[${itemsOf(value).map(pythonJson).join(",")}]`
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}

const BROKEN = new SyntaxError("not JSON")
/** What Python reads of an integer. */
const MAX_DIGITS = 4300
const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
const WORD = /null|true|false|NaN|-?Infinity/y
const NOT_ASCII = /[\u007f-\uffff]/g
const WORDS: Record<string, PythonValue> = {
  null: null,
  true: true,
  false: false,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
}
