import type { Contents } from "./codec.ts"
import { type Expiry, isInstant } from "./expiry.ts"

/** What a payload of ours says. */
export interface Envelope {
  readonly contents: Contents
  /** All that its line says; what an engine has put there begins at `MORE`. */
  readonly line: readonly unknown[]
}

export const MORE = 5

/**
 * A payload of ours: a line of JSON, then the data. `more` is JSON too, what an engine keeps besides. The line says how
 * long the data is, so that a payload that was cut short is known without parsing it.
 */
export function writeEnvelope({ createdAt, signedInAt, expiry, text }: Contents, more: string): string {
  return `[${VERSION},${createdAt},${signedInAt},${JSON.stringify(expiry)},${text.length},${more}]\n${text}`
}

/** What `writeEnvelope` wrote, or `undefined` for anything else. The data is not parsed. */
export function readEnvelope(payload: unknown): Envelope | undefined {
  if (typeof payload !== "string") return undefined
  const end = payload.indexOf("\n")
  const line = end === -1 ? undefined : parseLine(payload.slice(0, end))
  if (!line) return undefined
  const [version, createdAt, signedInAt, said, length] = line
  if (version !== VERSION || payload.length - end - 1 !== length) return undefined
  const expiry = readExpiry(said)
  if (!isInstant(createdAt) || (signedInAt !== null && !isInstant(signedInAt)) || expiry === undefined)
    return undefined
  return { contents: { createdAt, signedInAt, expiry, text: payload.slice(end + 1) }, line }
}

function parseLine(line: string): readonly unknown[] | undefined {
  try {
    const values: unknown = JSON.parse(line)
    return Array.isArray(values) ? values : undefined
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
