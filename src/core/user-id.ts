import { shown } from "./shown.ts"

/** Throws a `TypeError` unless every store can keep it, and find it again. It is not shown: people sign in by their address. */
export function checkUserId(value: unknown): asserts value is string {
  if (isUserId(value)) return
  const got = typeof value === "string" ? `one of ${value.length} characters` : shown(value)
  const advice = typeof value === "number" || typeof value === "bigint" ? ": write login(String(userId))" : ""
  throw new TypeError(
    `login(userId) takes well-formed text of 1 to 255 characters without NUL; it got ${got}${advice}`,
  )
}

function isUserId(value: unknown): boolean {
  return (
    typeof value === "string" &&
    value.length > 0 &&
    value.length <= 255 &&
    !value.includes("\0") &&
    value.isWellFormed()
  )
}
