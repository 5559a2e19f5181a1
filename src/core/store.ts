import type { Found, SessionRecord, Version } from "./record.ts"

/**
 * A compare-and-swap register with expiry: the whole of what holdfast asks of a backend.
 *
 * - Every answer is about *live* records. One that is past its `expiresAt` is absent, whether or not it
 *   still lies in the backend.
 * - A refused write answers `undefined` (or `false`) and leaves no trace. It is an answer, not an error.
 * - A thrown error means that the backend failed, and nothing else; but one whose `code` is `ERR_RECORD_TOO_LARGE` says that the
 *   record is larger than the backend can keep, however often it is tried. Its message is shown, and names no address.
 * - A store is plain functions that use no `this`, so `{ ...store, replace }` is a store too.
 *
 * `holdfast/testing` publishes these sentences as tests: `storeLaws`.
 */
export interface Store {
  /**
   * The live record with this id and its version, or `undefined`. A store that keeps copies may answer from one, and
   * says so (`isCopy`); that a record is absent is never said by a copy.
   */
  read(id: string, options?: ReadOptions): Promise<Found | undefined>
  /** Writes a record that is not there yet. `undefined`, and nothing written, when the id is taken. */
  create(record: SessionRecord): Promise<Version | undefined>
  /**
   * Writes over the live record, if its version is still this one; `undefined`, and nothing written, when
   * it was changed or is gone. A deadline in the past ends the record.
   */
  replace(record: SessionRecord, version: Version): Promise<Version | undefined>
  /**
   * Moves a live record's deadline, if its version is still this one; versions given before stay good. `false`, and
   * nothing moved, when it was changed or is gone: a touch never revives.
   */
  touch(id: string, expiresAt: number, version: Version): Promise<boolean>
  /** Forgets the record. `true` when a live one was there. */
  delete(id: string): Promise<boolean>
  /**
   * Removes dead records in bounded batches and answers how many, never touching a live one.
   * A backend that expires records by itself answers 0.
   */
  clearExpired(options?: ClearExpiredOptions): Promise<number>
  /**
   * Told by `createSessions` for how many milliseconds it waits for a call. A store whose client keeps calls while it has no
   * connection must send none of them later than that: a login that was refused would make a session that nobody has the token of.
   */
  limit?(timeout: number): void
}

/** How `read` goes about it. */
export interface ReadOptions {
  /** Read past every copy, from the source that writes go to. @default false */
  readonly fresh?: boolean
}

/** How `clearExpired` goes about it. */
export interface ClearExpiredOptions {
  /** The most records one statement or step removes. @default 1000 */
  readonly batchSize?: number
  /** Told the number removed so far, after each batch. */
  readonly onProgress?: (removed: number) => void
  /** Stops between two batches; what was removed stays removed. */
  readonly signal?: AbortSignal
}

/** What a store adds when it can find sessions by their user. */
export interface UserIndex {
  /**
   * The user's live records, in no particular order, from the source. A record whose `create` or `replace` was answered
   * before the call is among them.
   */
  listByUser(userId: string): Promise<SessionRecord[]>
}

/** What a store adds that can give a record another id, so that what else lies with it stays. */
export interface Renames {
  /**
   * Puts the record in the place of the live one with this id, under an id of its own, if that one's version is still this one;
   * `undefined`, and nothing written, when it was changed or is gone.
   */
  rename(id: string, record: SessionRecord, version: Version): Promise<Version | undefined>
}

/** The error that says so. */
export function recordTooLarge(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code: TOO_LARGE })
}

export function isRecordTooLarge(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === TOO_LARGE
}

const TOO_LARGE = "ERR_RECORD_TOO_LARGE"
