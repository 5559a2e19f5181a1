import { shown, shownWithKind } from "./shown.ts"

// Each throws a `TypeError` that names the option, the rule and the value.

/** A positive number. */
export function checkPositive(option: string, value: unknown): asserts value is number {
  if (!(typeof value === "number" && value > 0 && Number.isFinite(value)))
    throw wrongOption(option, "must be a positive number", value)
}

/** A whole number from 1 up. */
export function checkCount(option: string, value: unknown): asserts value is number {
  if (!(typeof value === "number" && Number.isSafeInteger(value) && value > 0))
    throw wrongOption(option, "must be a whole number from 1 up", value)
}

/** Seconds, at most so many: what is far too much for seconds was meant as milliseconds. */
export function checkSeconds(option: string, value: unknown, most: number): asserts value is number {
  checkPositive(option, value)
  if (value <= most) return
  const days = most >= DAY ? ` (${most / DAY} days)` : ""
  const meant = value / 1000 <= most ? `: did you mean ${value / 1000}?` : ""
  throw new TypeError(
    `The option "${option}" must be at most ${most} seconds${days}; it is ${value}. Durations are seconds, not milliseconds${meant}`,
  )
}

export function checkBoolean(option: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") throw wrongOption(option, "must be true or false", value)
}

/** A text that is not empty. */
export function checkText(option: string, value: unknown): asserts value is string {
  if (typeof value !== "string" || value === "") throw wrongOption(option, "must be a text", value)
}

/** A function, or nothing. */
export function checkFunction(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function")
    throw wrongOption(option, "must be a function", value)
}

/** An `AbortSignal`, or nothing. */
export function checkSignal(value: unknown): void {
  if (value !== undefined && !(value instanceof AbortSignal))
    throw wrongOption("signal", "must be an AbortSignal, such as new AbortController().signal", value)
}

/** One of these words. */
export function checkWord(option: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(value as string)) return
  const words = allowed.map((word) => `"${word}"`)
  const last = words.pop()
  const rule = `must be ${words.join(", ")} or ${last}`
  throw new TypeError(`The option "${option}" ${rule}; it is ${shown(value)}`)
}

export function wrongOption(option: string, rule: string, value: unknown): TypeError {
  return new TypeError(`The option "${option}" ${rule}; it is ${shownWithKind(value)}`)
}

const DAY = 86_400
/** What browsers keep a cookie for at the most (RFC 6265bis section 5.5). */
export const MOST_LIFE: number = 400 * DAY
/** What is longer is nobody's pause between two tries. */
export const MOST_PAUSE: number = DAY
/** As long as anybody may wait for a backend. */
export const MOST_WAIT: number = 600
