const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** A whole number in Django's base 62, most significant digit first. */
export function toBase62(value: number): string {
  let rest = Math.abs(value)
  let text = ""
  do {
    text = DIGITS[rest % 62] + text
    rest = Math.floor(rest / 62)
  } while (rest > 0)
  return value < 0 ? `-${text}` : text
}

/** The number that `toBase62` wrote, or `undefined`. */
export function fromBase62(text: string): number | undefined {
  if (!/^-?[0-9A-Za-z]{1,10}$/.test(text)) return undefined
  const isNegative = text.startsWith("-")
  let value = 0
  for (const digit of isNegative ? text.slice(1) : text) value = value * 62 + DIGITS.indexOf(digit)
  return isNegative ? -value : value
}
