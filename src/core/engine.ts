import type { Contents } from "./codec.ts"
import type { Write } from "./plan.ts"
import type { ClearExpiredOptions } from "./store.ts"

/**
 * Where sessions live between two requests. There are three kinds: the token in the cookie proves the right
 * to a record (`token-engine.ts`), the token is the record's key (`foreign-engine.ts`), or the cookie holds
 * the session itself, sealed.
 */
export interface Engine {
  /** Whether others can write a session between this request's read and its commit. */
  readonly isShared: boolean
  /** Of several cookies of our name the last alone counts, as in the software that the sessions are shared with. */
  readonly takesLast?: true
  /** Whether a cookie's value could be a token of this engine. */
  isWellFormed(value: string): boolean
  /** An id for a session that is about to begin. */
  newId(): string
  /** What a well-formed token is good for. One that leads nowhere is not an error. */
  find(token: string): Promise<Access>
  /**
   * Whether the engine has something to do when this session is used, even if nothing has changed. `hasPendingToken`:
   * an earlier write of the same request made a token that is about to be sent.
   */
  isDue(live: Live, hasPendingToken: boolean): boolean
  /** Tells that a secret was presented which has long been superseded, and ends its session if the settings say so. */
  noteReuse?(live: Live): Promise<void>
  /**
   * The user's mark by now: what revocations leave, for logins to compare. Absent where no user's
   * sessions can be revoked.
   */
  mark?(userId: string): Promise<string>
  /** Whether it can keep so much; absent where the settings alone say how much that is. */
  hasRoom?(draft: Draft): boolean
  /** Carries out what a commit decided. */
  keep(work: Work): Promise<Kept>
  /** The sessions seen from outside of any request; absent where they are out of reach. */
  readonly directory?: Directory
}

/** A session without its id. */
export interface Draft extends Omit<Contents, "userId"> {
  readonly userId: string | null
  /** When it ends unless it is used again, in epoch milliseconds. */
  readonly expiresAt: number
}

/** A live session. Engines add what they need to write to it. */
export interface Live extends Draft {
  readonly id: string
}

/** What a token is good for. */
export interface Access {
  /** The session it opens. */
  readonly live?: Live | undefined
  /** The session it may end: the one it opens, or one that a moment ago it did open. */
  readonly endable?: Live | undefined
  /** The session it did open before it was superseded and another took its place for good. */
  readonly reused?: Live | undefined
  /** The id of a session that the one it opens took the place of, and that is still there for a while. */
  readonly leftId?: string | undefined
  /** Nobody, and late: see `Rights`. Or there is a session that can't be read here. */
  readonly isQuiet: boolean
  /** Why there is a session that can't be read here, and is left as it is. */
  readonly unread?: string | undefined
  /** Of several tokens that open one session the newest has the highest. */
  readonly rank: number
}

/** What a commit decided, and all that carrying it out takes. */
export interface Work {
  readonly write: Exclude<Write, "nothing" | "refuse">
  /** The session that the request continues, as it was loaded or last kept. */
  readonly live: Live | undefined
  /** The sessions to end before anything else is written; by a login only if nobody has signed in to them since. */
  readonly ends: readonly Live[]
  /** The id of the session that begins, if one does. */
  newId(): string
  /** Whether data or expiry differ from what was loaded. */
  readonly isChanged: boolean
  /** An earlier write of the same request made a token that is about to be sent, if it still opens the session. */
  readonly hasPendingToken: boolean
  /** The deadline of a touch, in epoch milliseconds. */
  readonly expiresAt: number
  /** About how many characters of data `draft` works through. */
  readonly size: number
  /** The user's mark, from before the login. */
  readonly mark: Promise<string> | undefined
  /**
   * The session with this request's changes laid over what it is by now: `live` itself while
   * nobody else has changed it.
   */
  draft(latest: Live): Draft
  /** A session of its own: with the data that was loaded, or with nothing but what this request has changed. */
  begin(takesLoaded: boolean): Draft
}

/** What became of it. */
export interface Kept {
  /** The session by now. */
  readonly live?: Live | undefined
  /** The token that leads to it, if the browser may have it. */
  readonly token?: string | undefined
  /** The browser does not hold this token yet. */
  readonly isNewToken?: boolean
  /** Nothing was written: the session was ended or signed in anew, or the login was overtaken by a revocation. */
  readonly isEnded?: boolean
  /** Nothing was written since another writer has put what can't be read here into the record, and why that is. */
  readonly unread?: string | undefined
  /** What the store failed with although it was written: the request fails, and its answer carries the token. */
  readonly failure?: unknown
}

/** The sessions of a store, for those who look after them. Rejects with a `TypeError` what the store can't do. */
export interface Directory {
  /** The live session with this id. */
  find(id: string): Promise<Live | undefined>
  /** The live sessions of a user. */
  list(userId: string): Promise<Live[]>
  /** Ends a session; `false` when there is none. */
  revoke(id: string): Promise<boolean>
  /** Ends all of a user's sessions but one, and voids logins under way; gives their number. */
  revokeUser(userId: string, except: string | undefined): Promise<number>
  clearExpired(options?: ClearExpiredOptions): Promise<number>
}
