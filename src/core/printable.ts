/**
 * Text that a visitor may have written, fit for an error or a log: on one line, without characters that would steer a terminal,
 * and of at most `length` characters before what is escaped in it.
 */
export function printable(text: string, length: number): string {
  const short = text.length > length ? `${text.slice(0, length)}…` : text
  return short.replace(STEERING, escaped)
}

/** A place in the data, such as `data.cart[3].total`: at most three steps, of which the visitor may have chosen the names. */
export function placeOf(steps: readonly (string | number)[]): string {
  const place = steps.slice(0, MAX_STEPS).map(step).join("")
  return steps.length > MAX_STEPS ? `something in data${place}` : `data${place}`
}

/** "a" or "an", and the noun. */
export function article(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`
}

function step(key: string | number): string {
  if (typeof key === "number") return `[${key}]`
  if (IDENTIFIER.test(key)) return `.${key}`
  const name = key.length > MAX_KEY ? `${key.slice(0, MAX_KEY)}…` : key
  return `[${printable(JSON.stringify(name), Number.POSITIVE_INFINITY)}]`
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
}

const MAX_STEPS = 3
const MAX_KEY = 40
const IDENTIFIER = /^[A-Za-z_$][\w$]{0,39}$/

/** Controls, marks that break lines or turn the direction of writing, and halves of characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const STEERING = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/gu
