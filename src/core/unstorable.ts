import { article, placeOf, printable } from "./printable.ts"

/** How deep data may be nested, `data` itself being the first level. JSON in other languages has bounds too, the lowest some 500. */
export const MAX_DEPTH = 128

/**
 * A sentence on the first thing in the data that JSON can't hold, with the place, or `undefined`. `mayBeCircle`: it could not be
 * turned into JSON. What is too deep may stay in keys that are stored like that (`isStored`): another language has put it there.
 */
export function unstorable(
  data: object,
  hasSchema: boolean,
  mayBeCircle: boolean,
  isStored: (key: string) => boolean = () => false,
): string | undefined {
  const problem = search(data, hasSchema, 1)
  if (!problem) return undefined
  if (problem.what !== TOO_DEEP) return `${placeOf(problem.steps)} ${problem.what}`
  const key = String(problem.steps[0])
  if (isStored(key)) {
    const changed = Object.entries(data).filter(([each]) => !isStored(each))
    return unstorable(Object.fromEntries(changed), hasSchema, mayBeCircle)
  }
  // Where it is too deep, only the first step says something. A circle is followed until it is.
  return `${placeOf([key])} is ${mayBeCircle ? "a circle, or " : ""}${TOO_DEEP}`
}

/** Whether it is an object as JSON has them, be it of another realm: of a `vm` context, or of a test runner that uses them. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return true
  if (prototype === null) return !isRaw(value)
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "hasOwnProperty")
}

/** Whether `JSON.rawJSON` has made it: it is stored as any text, and read as something else. */
function isRaw(value: object): boolean {
  return (JSON as { isRawJSON?: (value: object) => boolean }).isRawJSON?.(value) === true
}

/** Something that JSON can't hold, and the steps that lead to it. */
interface Problem {
  readonly what: string
  readonly steps: (string | number)[]
}

/**
 * The first thing in an object or array that JSON can't hold, or `undefined`. `level` is the object's own, `data` being at 1. A
 * circle ends where it gets too deep.
 */
function search(value: object, hasSchema: boolean, level: number): Problem | undefined {
  if (hasSchema && typeof (value as { toJSON?: unknown }).toJSON === "function") return undefined
  if (level > MAX_DEPTH) return { what: TOO_DEEP, steps: [] }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item: unknown = value[index]
      const problem = isObject(item) ? search(item, hasSchema, level + 1) : lossOf(item, true)
      if (problem) return led(index, problem)
    }
    return undefined
  }
  if (!isPlainObject(value)) {
    const noun = article(printable(String(value.constructor?.name ?? "object"), 40))
    return { what: `is ${noun}, which JSON can't bring back; keep a plain value instead`, steps: [] }
  }
  // The quickest way through an object. It shows keys that all objects inherit, too.
  for (const key in value) {
    const item = value[key]
    const problem = isObject(item)
      ? Object.hasOwn(value, key) && search(item, hasSchema, level + 1)
      : lossOf(item, false)
    if (problem && Object.hasOwn(value, key)) return led(key, problem)
  }
  return undefined
}

function led(key: string | number, problem: Problem): Problem {
  problem.steps.unshift(key)
  return problem
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

/** What JSON drops or changes of what is no object. An object's `undefined` is read as `undefined` again. */
function lossOf(value: unknown, isItem: boolean): Problem | undefined {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value)
        ? undefined
        : { what: `is ${value}, which JSON turns into null`, steps: [] }
    case "undefined":
      return isItem ? { what: "is undefined, which JSON turns into null", steps: [] } : undefined
    case "bigint":
    case "function":
    case "symbol":
      return { what: `is ${article(typeof value)}, which JSON can't hold`, steps: [] }
    default:
      return undefined
  }
}

const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`
