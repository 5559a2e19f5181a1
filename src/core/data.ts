import { SessionError } from "./errors.ts"

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
 * The data as JSON text. Throws `ERR_SESSION_DATA`, naming the place, for what JSON would drop or change
 * without a word: functions, symbols, BigInt, NaN, class instances, circles.
 *
 * Text equal to `before` is not searched below its top level, which keeps a request that only reads cheap.
 * `hasSchema` lets objects with a `toJSON` pass, such as dates: the schema is there to read them back.
 */
export function stringifyData(data: object, before: string, hasSchema: boolean): string {
  let text: string
  try {
    text = JSON.stringify(data)
  } catch (cause) {
    throw new SessionError("ERR_SESSION_DATA", unstorable(data, hasSchema) ?? (cause as Error).message, {
      cause,
    })
  }
  const problem =
    text === before
      ? Object.values(data).some(isDropped) && unstorable(data, hasSchema)
      : unstorable(data, hasSchema)
  if (problem) throw new SessionError("ERR_SESSION_DATA", problem)
  return text
}

/** Sets an own property, also one named `__proto__`, which plain assignment would turn into a prototype. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  else (target as SessionData)[key] = value
}

/** Whether it is an object as JSON has them. */
export function isPlainObject(value: unknown): value is SessionData {
  if (typeof value !== "object" || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Refuses JSON that is larger than the settings allow, with `ERR_SESSION_DATA`. */
export function checkSize(text: string, maxBytes: number): void {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so most texts need no counting.
  const bytes = text.length * 3 > maxBytes ? Buffer.byteLength(text) : 0
  if (bytes > maxBytes)
    throw new SessionError(
      "ERR_SESSION_DATA",
      `The session's data takes ${bytes} bytes; the option "maxBytes" allows ${maxBytes}`,
    )
}

function isDropped(value: unknown): boolean {
  return typeof value === "function" || typeof value === "symbol"
}

/** A sentence on the first thing in `data` that JSON can't hold, or `undefined`. Walks without recursion. */
function unstorable(data: object, hasSchema: boolean): string | undefined {
  const open = new Set<object>()
  const work: { value: unknown; path: string; leave?: object }[] = [{ value: data, path: "data" }]
  for (let item = work.pop(); item; item = work.pop()) {
    const { value, path, leave } = item
    if (leave) open.delete(leave)
    else if (typeof value === "object" && value !== null) {
      if (open.has(value)) return `${path} is a circle: it contains itself`
      if (hasSchema && typeof (value as { toJSON?: unknown }).toJSON === "function") continue
      if (!Array.isArray(value) && !isPlainObject(value))
        return `${path} is ${article(value.constructor?.name ?? "object")}, which JSON can't bring back; keep a plain value instead`
      open.add(value)
      work.push({ value: undefined, path, leave: value })
      for (const [key, inner] of Object.entries(value)) {
        if (inner === undefined && Array.isArray(value))
          return `${path}[${key}] is undefined, which JSON turns into null`
        work.push({ value: inner, path: Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}` })
      }
    } else if (typeof value === "number" && !Number.isFinite(value))
      return `${path} is ${value}, which JSON turns into null`
    else if (typeof value === "bigint" || isDropped(value))
      return `${path} is ${article(typeof value)}, which JSON can't hold`
  }
  return undefined
}

function article(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`
}
