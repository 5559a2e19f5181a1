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
  return Array.from({ length: character.length }, (_, at) => unit(character.charCodeAt(at))).join("")
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`
}

const MAX_STEPS = 3
const MAX_KEY = 40
const IDENTIFIER = /^[\p{ID_Start}_$][\p{ID_Continue}$]{0,39}$/u

/**
 * Controls, marks that break lines, turn the direction of writing or are not seen at all, and halves of characters. The two joiners
 * stay: some scripts and many emoji are written with them.
 */
const STEERING = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
