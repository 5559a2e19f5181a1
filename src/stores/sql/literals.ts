/**
 * MySQL's statement with its parameters as literals in the places of `?`, for where they can't be sent apart. No setting changes what these
 * literals mean: a text is written in hex digits, since what a backslash or a quote does depends on `sql_mode` and on
 * the connection's character set, which a client can't know for sure.
 */
export function withLiterals(text: string, parameters: readonly unknown[]): string {
  let at = 0
  return text.replace(/\?/g, () => literal(parameters[at++]))
}

function literal(value: unknown): string {
  if (value === null) return "NULL"
  if (Number.isSafeInteger(value)) return String(value)
  if (typeof value === "string") return `_utf8mb4 x'${Buffer.from(value).toString("hex")}'`
  throw new TypeError(`A parameter must be a text, a whole number or null; it is ${typeof value}`)
}
