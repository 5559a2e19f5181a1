import type { Found, SessionRecord } from "./record.ts"

/**
 * What is left for a minute under the old id of a session that was given a new token: the way to the new
 * one. It opens nothing; but a logout that set out with the old token can find what it has to end.
 */
export function trailRecord(id: string, successor: string): SessionRecord {
  return { id, userId: null, payload: PREFIX + successor, expiresAt: Date.now() + MINUTE }
}

/** The id that a session lives under by now, if that is all the record says. */
export function successorOf({ payload }: SessionRecord): string | undefined {
  return payload.startsWith(PREFIX) ? payload.slice(PREFIX.length) : undefined
}

/** What was found, unless it is over or lives on under another id. */
export function orNone(found: Found | undefined): Found | undefined {
  return found && found.record.expiresAt > Date.now() && !successorOf(found.record) ? found : undefined
}

const PREFIX = "moved:"
const MINUTE = 60_000
