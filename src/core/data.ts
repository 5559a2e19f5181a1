import { SessionError } from "./errors.ts"
import { printable } from "./printable.ts"
import { isPlainObject, unstorable } from "./unstorable.ts"

/** What a session holds when nobody said more: string keys, values to be narrowed before use. */
export type SessionData = Record<string, unknown>

/** The object that `text` is the JSON of, or `undefined` when it is not an object's JSON. */
export function parseData(text: string): SessionData | undefined {
  try {
    const data: unknown = JSON.parse(text)
    return isPlainObject(data) ? data : undefined
  } catch {
    return undefined
  }
}

/**
 * The data as JSON text. Throws `ERR_SESSION_DATA` for more than `maxBytes` of UTF-8 and, naming the place, for what JSON would drop
 * or change without a word: functions, symbols, BigInt, NaN, class instances, circles; and for what is nested deeper than
 * `MAX_DEPTH` and was not so before.
 *
 * Text equal to `before` is not searched below its top level, which keeps a request that only reads cheap; other text is measured
 * before it is searched. `hasSchema` lets objects with a `toJSON` pass, such as dates: the schema is there to read them back.
 */
export function stringifyData(
  data: object,
  before: string,
  hasSchema: boolean,
  maxBytes: number = Number.POSITIVE_INFINITY,
): string {
  const text = jsonOf(data, hasSchema)
  if (text === before && !Object.values(data).some(isDropped)) return text
  if (text !== before) checkSize(text, maxBytes)
  const problem = unstorable(data, hasSchema, false, storedIn(before, data as SessionData))
  if (problem) throw new SessionError("ERR_SESSION_DATA", problem)
  return text
}

function jsonOf(data: object, hasSchema: boolean): string {
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch (cause) {
    throw new SessionError("ERR_SESSION_DATA", whyNoJson(data, hasSchema, cause), { cause })
  }
  if (text?.startsWith("{")) return text
  throw new SessionError("ERR_SESSION_DATA", "data turns itself into JSON that is not an object")
}

function whyNoJson(data: object, hasSchema: boolean, cause: unknown): string {
  // Data that no string can hold may take for ever to search; what is too deep for a runtime's stack is found soon.
  const isLong = cause instanceof RangeError && !/stack/i.test(cause.message)
  if (isLong) return "data is larger than any text can be"
  return (
    unstorable(data, hasSchema, !(cause instanceof RangeError)) ??
    `data can't be turned into JSON: ${printable(String(cause), 200)}`
  )
}

/** Sets an own property, also one named `__proto__`, which plain assignment would turn into a prototype. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  else (target as SessionData)[key] = value
}

/** Refuses JSON that is larger than the settings allow, with `ERR_SESSION_DATA`. */
export function checkSize(text: string, maxBytes: number): void {
  if (!isSmallEnough(text, maxBytes))
    throw new SessionError(
      "ERR_SESSION_DATA",
      `The session's data takes ${Buffer.byteLength(text)} bytes; the option "maxBytes" allows ${maxBytes}`,
    )
}

/** Whether JSON is as small as the settings want it. */
export function isSmallEnough(text: string, maxBytes: number): boolean {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so most texts need no counting.
  return text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes
}

/** Tells of a key of the data whether it holds what it holds in JSON. */
function storedIn(text: string, data: SessionData): (key: string) => boolean {
  let stored: SessionData | undefined
  return (key) => {
    stored ??= parseData(text) ?? {}
    return Object.hasOwn(stored, key) && JSON.stringify(stored[key]) === JSON.stringify(data[key])
  }
}

function isDropped(value: unknown): boolean {
  return typeof value === "function" || typeof value === "symbol"
}
