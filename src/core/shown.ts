import { printable } from "./printable.ts"

/**
 * A value as a message may show it: nothing of an object's inside, no URL, since it may hold a password, and no text that is long
 * enough to be a secret. `most` is the longest text that is shown.
 */
export function shown(value: unknown, most = 24): string {
  switch (typeof value) {
    case "string":
      return shownText(value, most)
    case "bigint":
      return `${value}n`
    case "symbol":
      return "a symbol"
    case "function":
      return shownFunction(value)
    case "object":
      return value === null ? "null" : shownObject(value)
    default:
      return Object.is(value, -0) ? "-0" : String(value)
  }
}

/** What kind of value it is, where a message may show nothing of it. */
export function kindOf(value: unknown): string {
  if (typeof value !== "string") return shown(value)
  const [, scheme] = /^([a-z][a-z+.-]{1,15}):\/\//i.exec(value) ?? []
  return scheme ? `a string that begins with "${scheme}:"` : "a string"
}

/** The sort of value alone, where even a number may be a secret. */
export function sortOf(value: unknown): string {
  if (typeof value === "string") return `a string of ${value.length} characters`
  return typeof value === "number" || typeof value === "bigint" ? `a ${typeof value}` : shown(value)
}

/** A value as `shown` has it, with the word that tells "5" from 5. */
export function shownWithKind(value: unknown): string {
  const text = shown(value)
  return text.startsWith('"') ? `the string ${text}` : text
}

function shownText(text: string, most: number): string {
  if (/:\/\/|@/.test(text)) return kindOf(text)
  return text.length > most
    ? `a string of ${text.length} characters`
    : printable(JSON.stringify(text), Number.POSITIVE_INFINITY)
}

function shownFunction(value: object): string {
  const { name } = value as { readonly name: unknown }
  // Only of a class is `prototype` not for writing.
  const isClass = Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false
  return `${name ? "the" : "a"} ${isClass ? "class" : "function"}${name ? ` ${nameOf(name)}` : ""}`
}

function shownObject(value: object): string {
  if (Array.isArray(value)) return "an array"
  if (isThenable(value)) return "a promise"
  const { constructor: type } = value
  const name: unknown = typeof type === "function" ? type.name : ""
  return !name || name === "Object" ? "an object" : `an object of the class ${nameOf(name)}`
}

/** A class may call itself what it likes. */
function nameOf(name: unknown): string {
  return typeof name === "string" ? printable(name, 40) : "without a name"
}

/** Whether it can be awaited. */
export function isThenable(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  )
}

/**
 * A schema's message without the value that it refuses, which is a visitor's: some libraries quote it, not all of them with care, so
 * that it may have quotes of its own. What is between the first quote and the last is left out, and the end of a long message.
 */
export function withoutValues(message: string): string {
  const start = message.slice(0, MOST_MESSAGE)
  const found = VALUE.exec(start)
  if (!found) return start
  const value = found.index + found[0].length
  const last = start.length < message.length ? -1 : start.search(LAST_QUOTE)
  const rest = last > value ? start.slice(last + 1) : ""
  return `${start.slice(0, value)}${/[[{]/.test(start[value]!) ? "a value" : "a string"}${rest}`
}

const MOST_MESSAGE = 500
const VALUE = /\b(?:received|was|got|found|given|actual|invalid value)\b:? +(?=["'`[{“‘«])/i
const LAST_QUOTE = /["'`\]}”’»][^"'`\]}”’»]*$/
