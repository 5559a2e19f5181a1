import type { Contents } from "./codec.ts"
import type { Expiry } from "./expiry.ts"

/** The head of a payload of ours: what is known of a session besides its data. */
export type Head = Readonly<Record<string, unknown>>

/**
 * A payload of ours: a line of JSON, then the data. `more` is what an engine keeps besides. The line says how long the
 * data is, so that a payload that was cut short is known without parsing it.
 */
export function writeEnvelope({ createdAt, signedInAt, expiry, text }: Contents, more: Head): string {
  return `${JSON.stringify({ v: VERSION, createdAt, signedInAt, expiry, length: text.length, ...more })}\n${text}`
}

/** What `writeEnvelope` wrote, or `undefined` for any other text. The data is not parsed. */
export function readEnvelope(
  payload: string,
): { readonly contents: Contents; readonly head: Head } | undefined {
  const end = payload.indexOf("\n")
  const head = end === -1 ? undefined : parseHead(payload.slice(0, end))
  if (head?.v !== VERSION || payload.length - end - 1 !== head.length) return undefined
  const { createdAt, signedInAt } = head
  const expiry = readExpiry(head.expiry)
  if (!isInstant(createdAt) || (signedInAt !== null && !isInstant(signedInAt)) || expiry === undefined)
    return undefined
  return { contents: { createdAt, signedInAt, expiry, text: payload.slice(end + 1) }, head }
}

/** Whether it can be an instant in epoch milliseconds. */
export function isInstant(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LAST_INSTANT
}

function parseHead(line: string): Head | undefined {
  try {
    const head: unknown = JSON.parse(line)
    return typeof head === "object" && head !== null ? (head as Head) : undefined
  } catch {
    return undefined
  }
}

function readExpiry(value: unknown): Expiry | undefined {
  if (value === null) return null
  if (typeof value === "number") return value >= 0 && Number.isFinite(value) ? value : undefined
  if (typeof value !== "string") return undefined
  const instant = new Date(value)
  return Number.isNaN(instant.getTime()) ? undefined : instant
}

const VERSION = 1

/** The last that a `Date` can hold. */
const LAST_INSTANT = 8_640_000_000_000_000
