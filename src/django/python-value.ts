import { type SessionData, setOwn } from "../core/data.ts"
import { SessionError } from "../core/errors.ts"
import { isPlainObject } from "../core/unstorable.ts"

/**
 * A value as Python had it, told apart where JavaScript would not: int is `bigint`, float is `number`, so
 * `1.0` and integers over 2**53 survive. Its dictionaries keep the order and the kind of their keys.
 */
export type PythonValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly PythonValue[]
  | Tuple
  | PythonDict

/** A dictionary. */
export type PythonDict = Map<PythonKey, PythonValue>

/** What a dictionary's key may be. */
export type PythonKey = null | boolean | bigint | number | string

/** A tuple, which looks like a list from here. */
export interface Tuple {
  readonly tuple: readonly PythonValue[]
}

/** How deep values may nest; Python itself gives up at about 1000. */
export const MAX_DEPTH = 500

/**
 * The value as JSON would give it to JavaScript: keys become strings as in Python's own JSON, NaN and the
 * infinities `null`, bytes base64 text.
 */
export function plain(value: PythonValue): unknown {
  if (typeof value === "bigint") return Number(value)
  if (typeof value === "number") return Number.isFinite(value) ? value : null
  if (value === null || typeof value !== "object") return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64")
  if (value instanceof Map) {
    const object: SessionData = {}
    for (const [key, inner] of value) setOwn(object, keyText(key), plain(inner))
    return object
  }
  return itemsOf(value).map(plain)
}

/**
 * `before` as Python had it, changed to say what `after` says. What is not different stays as it was, to the
 * last bit: other values beside it, the order of keys, an int that JavaScript saw rounded. Throws
 * `ERR_SESSION_DATA` when it nests too deep for Python.
 */
export function revise(before: PythonValue | undefined, after: unknown, depth = 0): PythonValue {
  if (before !== undefined && isSame(before, after)) return before
  if (depth > MAX_DEPTH)
    throw new SessionError(
      "ERR_SESSION_DATA",
      `The data nests deeper than ${MAX_DEPTH}; Python can't read it`,
    )
  if (typeof after === "number") return typeof before === "number" ? after : pythonNumber(after)
  if (Array.isArray(after)) {
    const items = isSequence(before) ? itemsOf(before) : []
    return after.map((item, at) => revise(items[at], item, depth + 1))
  }
  if (!isPlainObject(after)) return after as PythonValue
  const dict: PythonDict = new Map()
  const old = before instanceof Map ? before : new Map<PythonKey, PythonValue>()
  const kept = new Set<string>()
  for (const [key, value] of old) {
    const name = keyText(key)
    if (!Object.hasOwn(after, name)) continue
    kept.add(name)
    dict.set(key, revise(value, after[name], depth + 1))
  }
  for (const [name, value] of Object.entries(after))
    if (!kept.has(name)) dict.set(name, revise(undefined, value, depth + 1))
  return dict
}

/** The items of a list or tuple. */
export function itemsOf(value: readonly PythonValue[] | Tuple): readonly PythonValue[] {
  return "tuple" in value ? value.tuple : value
}

/** A key as Python's JSON spells it. */
export function keyText(key: PythonKey): string {
  return typeof key === "number" ? floatText(key) : String(key)
}

/** A float as Python prints it: the same digits as here, exponents from 1e16 up and below 1e-4, always a fraction. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity"
  if (Object.is(value, -0)) return "-0.0"
  const size = Math.abs(value)
  if (value === 0 || (size >= 1e-4 && size < 1e16)) {
    const text = String(value)
    return text.includes(".") ? text : `${text}.0`
  }
  const [digits, exponent] = value.toExponential().split("e") as [string, string]
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`
}

function isSame(before: PythonValue, after: unknown): boolean {
  if (before === null || typeof before === "boolean" || typeof before === "string") return before === after
  if (typeof before === "bigint") return Number(before) === after
  if (typeof before === "number") return Number.isFinite(before) ? before === after : after === null
  if (before instanceof Uint8Array) return plain(before) === after
  if (before instanceof Map)
    return (
      isPlainObject(after) &&
      Object.keys(after).length === before.size &&
      [...before].every(([key, value]) => {
        const name = keyText(key)
        return Object.hasOwn(after, name) && isSame(value, after[name])
      })
    )
  const items = itemsOf(before)
  return (
    Array.isArray(after) &&
    after.length === items.length &&
    items.every((item, at) => isSame(item, after[at]))
  )
}

/** The kind that Python would read from the number's JSON. */
function pythonNumber(value: number): bigint | number {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? BigInt(value) : value
}

function isSequence(value: PythonValue | undefined): value is readonly PythonValue[] | Tuple {
  return (
    typeof value === "object" && value !== null && !(value instanceof Map) && !(value instanceof Uint8Array)
  )
}
