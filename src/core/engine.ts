import type { Plan } from "./plan.ts"
import type { Found, SessionRecord } from "./record.ts"

/**
 * Where a session lives between two requests. There are two kinds: the token in the cookie names a record in
 * a store, or the cookie holds the sealed record itself.
 */
export interface Engine {
  /** Whether others can write a session between this request's read and its commit. */
  readonly isShared: boolean
  /** Whether a cookie's value could be a token of this engine. */
  isWellFormed(value: string): boolean
  /**
   * What lies behind a well-formed token, `orNone` of which is the live session. A value that leads nowhere is not an error:
   * `undefined`.
   */
  find(token: string): Promise<Found | undefined>
  /** Whether what was found should be kept anew as soon as it is used, such as under a newer key. */
  isOutdated?(found: Found): boolean
  /** Ends the session under this id from elsewhere. `false` when there is none; absent when that can't be done. */
  end?(id: string): Promise<boolean>
  /** Carries out a plan. */
  keep(work: Work): Promise<Kept>
}

/** A plan, and all that carrying it out takes. */
export interface Work {
  readonly plan: Exclude<Plan, "nothing">
  /** What the request began from, or last kept. */
  readonly found: Found | undefined
  /** The session's new deadline, in epoch milliseconds. */
  readonly expiresAt: number
  /** About how many characters of data `draft` works through. */
  readonly size: number
  /** The user signed in with this request, so the session must not depend on the old one being alive still. */
  readonly isLogin: boolean
  /**
   * What to keep, this request's changes laid over `latest`, which is `found` at first and after each
   * conflict what the store holds by then. `undefined` when `latest` already says it all.
   */
  draft(latest: Found | undefined): Draft | undefined
}

/** A record that has no id yet. */
export type Draft = Omit<SessionRecord, "id">

/** What became of a plan. */
export interface Kept {
  /** What is kept now; `undefined` after a delete. */
  readonly found: Found | undefined
  /** The cookie's next value. Absent: leave the cookie alone. */
  readonly token?: string
  /** Someone else ended the session meanwhile, so nothing was written. */
  readonly isGone?: boolean
}
