import type { Draft, Kept, Live } from "./engine.ts"
import type { Found } from "./record.ts"
import type { RecordDraft } from "./register.ts"

/** A live session, and the record it was read from or written to. */
export interface ForeignLive extends Live {
  readonly found: Found
  /** Others have changed the record further in the same write. */
  readonly isOvertaken: boolean
}

/** What is kept in a record by now. */
export function keptIn(found: Found, draft: Draft, isOvertaken: boolean, isNewToken: boolean): Kept {
  const { id } = found.record
  const live: ForeignLive = { ...draft, id, found, isOvertaken }
  return { live, token: id, isNewToken }
}

/** What takes a record's place when it ends. */
export const DEAD: RecordDraft = { userId: null, payload: "", expiresAt: 0 }
