import { shown } from "./shown.ts"

/**
 * Throws a `TypeError` unless every store can keep the user's id, and find it again. `call` is the method as the application
 * writes it, such as `login(userId)`. The id is not shown: people sign in by their address.
 */
export function checkUserId(call: string, value: unknown): asserts value is string {
  if (isUserId(value)) return
  const got = typeof value === "string" ? `one of ${value.length} characters` : shown(value)
  const isNumber = typeof value === "number" || typeof value === "bigint"
  const advice = isNumber ? `: write ${call.replace("userId", "String(userId)")}` : ""
  throw new TypeError(
    `${call} takes well-formed text of 1 to 255 characters without NUL; it got ${got}${advice}`,
  )
}

/** Whether every store can keep it as a user's id, and find it again. */
export function isUserId(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length > 0 &&
    value.length <= 255 &&
    !value.includes("\0") &&
    value.isWellFormed()
  )
}
