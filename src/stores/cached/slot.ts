import type { Found, SessionRecord } from "../../core/record.ts"

/** A slot that is taken: by a reader about to fill it or a writer at work. Nobody serves it and nobody else fills it. */
export function taken(id: string, until: number): SessionRecord {
  return { id, userId: null, payload: "", expiresAt: until }
}

/** What frees a slot, if its version is still the one expected. */
export function freed(id: string): SessionRecord {
  return taken(id, 0)
}

/** A slot filled with a copy to be served until `until`. The user stays inside: the cache needs no index. */
export function filled({ record, version }: Found, until: number): SessionRecord {
  const end = Math.min(until, record.expiresAt)
  const head = JSON.stringify([version, end, record.expiresAt, record.userId])
  return { id: record.id, userId: null, payload: `${head}\n${record.payload}`, expiresAt: end }
}

/** The copy in a slot, unless it is taken, not ours, or past its time by this machine's clock. */
export function copyIn({ record: { id, payload } }: Found): Found | undefined {
  const end = payload.indexOf("\n")
  if (end === -1) return undefined
  try {
    const [version, until, expiresAt, userId] = JSON.parse(payload.slice(0, end))
    if (!(until > Date.now())) return undefined
    return { record: { id, userId, payload: payload.slice(end + 1), expiresAt }, version, isCopy: true }
  } catch {
    return undefined
  }
}
