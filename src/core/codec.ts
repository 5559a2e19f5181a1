import type { Expiry } from "./expiry.ts"

/** What a payload says of its session, its data still as JSON text: text that nobody looks at is never parsed. */
export interface Contents {
  /** When the session began. Instants are epoch milliseconds. */
  readonly createdAt: number
  /** When its user last signed in; `null` while nobody has, and in formats that do not say. */
  readonly signedInAt: number | null
  /** The session's own expiry. */
  readonly expiry: Expiry
  /** The JSON of the data object. */
  readonly text: string
  /** Whose session it is, in formats that keep this with the data and not in the record. */
  readonly userId?: string | null
}

/** A session that is good to others, as far as can be seen, and can't be read here. */
export interface Unread {
  /** Why, as a sentence goes on after "since". */
  readonly unread: string
}

export function isUnread(value: object | undefined): value is Unread {
  return value !== undefined && "unread" in value
}

/** How contents become the payload of a format that is not ours. */
export interface Codec {
  /**
   * The payload. `over` is the one it takes the place of: a format that says more than JSON does takes over
   * from it, untouched, what did not change.
   */
  encode(contents: Contents, over?: string): string
  /** The contents, or why they can't be read; `undefined` when the payload is damaged, for all who may read it. */
  decode(payload: string): Contents | Unread | undefined
}
