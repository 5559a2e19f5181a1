import { isInstant } from "./expiry.ts"

/** What a store keeps of one session: a plain value, opaque to the store but for its id, user and deadline. */
export interface SessionRecord {
  /** The key in the store: lower-case hex digits, 32 for a session and 64 for a user's mark. */
  readonly id: string
  /** Whose session it is, or `null` while nobody has signed in. */
  readonly userId: string | null
  /** The encoded session. A store gives back exactly the text it was given. */
  readonly payload: string
  /** The instant, in whole epoch milliseconds, from which on the record is dead. */
  readonly expiresAt: number
}

/** Whatever a store knows its own last write by. Only that store may look inside. */
export type Version = string | number

/** A record together with the version it was read at. */
export interface Found {
  readonly record: SessionRecord
  readonly version: Version
  /** It is from a copy nearer than the source, which may hold something newer. */
  readonly isCopy?: true
}

/** Whether it is a record at all: a row that somebody else has written may hold anything. */
export function isRecord({ userId, payload, expiresAt }: Record<keyof SessionRecord, unknown>): boolean {
  return (
    (userId === null || typeof userId === "string") && typeof payload === "string" && isInstant(expiresAt)
  )
}
