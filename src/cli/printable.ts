/**
 * Text from a session as JSON, without the characters that would steer the terminal it is shown on: what a
 * visitor typed must not move the operator's cursor. JSON escapes the C0 controls; this adds DEL, C1 and
 * the marks that turn the direction of writing.
 */
export function printable(value: unknown, indent?: number): string {
  return (JSON.stringify(value, undefined, indent) ?? "").replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}

/** A number as people read it: 1,000,000. */
export function grouped(count: number): string {
  return count.toLocaleString("en")
}

/** "1 session", "2 sessions". */
export function sessionsOf(count: number): string {
  return `${grouped(count)} ${count === 1 ? "session" : "sessions"}`
}
