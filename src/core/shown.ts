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

/** A schema's message without the text that it refuses, which is a visitor's: valibot and arktype quote it. */
export function withoutValues(message: string): string {
  return message.replace(
    /\b(received|was|got|found)(:? +)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)/gi,
    "$1$2a string",
  )
}
