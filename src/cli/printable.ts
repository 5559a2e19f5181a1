/**
 * Text from a session as JSON, without the characters that would steer the terminal it is shown on: what a
 * visitor typed must not move the operator's cursor. JSON escapes the C0 controls; this adds DEL, C1, the
 * marks that turn the direction of writing and what is not seen at all, but for the two joiners that some scripts need. What is nested deeper than sessions may be by now is left out.
 */
export function printable(value: unknown, indent?: number): string {
  return withoutSteering(JSON.stringify(shallow(value, MAX_DEPTH), undefined, indent) ?? "")
}

/** The text, of several lines perhaps, with what would steer a terminal as JSON escapes it. */
export function withoutSteering(text: string): string {
  return text.replace(/(?!\u200c|\u200d|\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) =>
    Array.from({ length: found.length }, (_, at) => unit(found.charCodeAt(at))).join(""),
  )
}

/** The beginning of what another machine said, without what would steer a terminal. */
export function excerpt(text: string, most = 64): string {
  return withoutSteering(text.slice(0, most))
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, "0")}`
}

function shallow(value: unknown, levels: number): unknown {
  if (typeof value !== "object" || value === null || value instanceof Date) return value
  if (levels === 0) return `… nested deeper than ${MAX_DEPTH} levels`
  if (Array.isArray(value)) return value.map((item) => shallow(item, levels - 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shallow(item, levels - 1)]))
}

/** Somewhat more than data may have, since it lies in something. */
const MAX_DEPTH = 130

/** A number as people read it: 1,000,000. */
export function grouped(count: number): string {
  return count.toLocaleString("en")
}

/** "1 session", "2 sessions". */
export function sessionsOf(count: number): string {
  return `${grouped(count)} ${count === 1 ? "session" : "sessions"}`
}
