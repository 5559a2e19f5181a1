import type { Found, SessionRecord } from "../../core/record.ts"

// What a slot of the cache holds: a record under the session's id that says no instant but its own deadline, which is the cache's to
// keep. So machines whose clocks differ agree on it where the cache translates deadlines between clocks.

/** A slot that a reader about to fill it, or a writer at work, has leased. Nobody serves it and nobody else fills it. */
export function leased(id: string, until: number): SessionRecord {
  return { id, userId: null, payload: "", expiresAt: until }
}

/** What frees a slot, if its version is still the one expected. */
export function freed(id: string): SessionRecord {
  return leased(id, 0)
}

/** A slot filled with a copy to be served until `until`. The user stays inside: the cache needs no index. */
export function filled({ record, version }: Found, until: number): SessionRecord {
  const { id, userId, payload, expiresAt } = record
  const end = Math.min(until, expiresAt)
  return {
    id,
    userId: null,
    payload: `${JSON.stringify([version, expiresAt - end, userId])}\n${payload}`,
    expiresAt: end,
  }
}

/** The copy in a slot, unless it is leased, not ours, or past its time. */
export function copyIn({ record: { id, payload, expiresAt: end } }: Found): Found | undefined {
  const line = payload.indexOf("\n")
  if (line === -1 || end <= Date.now()) return undefined
  try {
    const [version, rest, userId, ...others] = JSON.parse(payload.slice(0, line))
    const isCopy = isVersion(version) && rest >= 0 && (userId === null || typeof userId === "string")
    if (!isCopy || others.length > 0) return undefined
    const record = { id, userId, payload: payload.slice(line + 1), expiresAt: end + rest }
    return { record, version, isCopy: true }
  } catch {
    return undefined
  }
}

function isVersion(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number"
}
