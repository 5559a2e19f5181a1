/**
 * Throws a `TypeError` unless every store can keep the user's id, and find it again. `call` is the method as the application writes
 * it, such as `login(userId)`.
 */
export function checkUserId(call: string, value: unknown): asserts value is string {
  if (isUserId(value)) return
  const got = typeof value === "string" ? `one of ${value.length} characters` : String(value)
  throw new TypeError(`${call} takes well-formed text of 1 to 255 characters without NUL; it got ${got}`)
}

function isUserId(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length > 0 &&
    value.length <= 255 &&
    !value.includes("\0") &&
    value.isWellFormed()
  )
}
