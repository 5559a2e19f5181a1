/**
 * The stable names of what can go wrong while serving a request. Check `error.code`, not `instanceof`.
 *
 * - `ERR_SESSION_STORE`: the backend failed or did not answer in time; `cause` has its error.
 * - `ERR_SESSION_CONFLICT`: other requests kept overtaking this one.
 * - `ERR_SESSION_ENDED`: the request changed a session that was ended, superseded or signed in anew meanwhile, or
 *   signed in a user whose sessions were revoked meanwhile, or brought a session shared with Django that can't be read here.
 *   Nothing was stored.
 * - `ERR_SESSION_DATA`: the data can't be kept: not JSON, too large, or refused by the schema.
 * - `ERR_SESSION_CLOSED`: the session was changed after the response had begun.
 * - `ERR_SESSION_NOT_LOADED`: the session was used before `await session.load()`.
 */
export type SessionErrorCode =
  | "ERR_SESSION_STORE"
  | "ERR_SESSION_CONFLICT"
  | "ERR_SESSION_ENDED"
  | "ERR_SESSION_DATA"
  | "ERR_SESSION_CLOSED"
  | "ERR_SESSION_NOT_LOADED"

/** The one error that holdfast throws while serving. Wrong options are a `TypeError` at start-up instead. */
export class SessionError extends Error {
  /** What happened, as a literal that stays the same between versions. */
  readonly code: SessionErrorCode
  /**
   * The HTTP status frameworks answer with: 503 when trying again may help, 409 for a session that has ended, else 500.
   */
  readonly statusCode: number

  constructor(code: SessionErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = "SessionError"
    this.code = code
    this.statusCode = STATUS[code] ?? 500
  }
}

const STATUS: Partial<Record<SessionErrorCode, number>> = {
  ERR_SESSION_STORE: 503,
  ERR_SESSION_CONFLICT: 503,
  ERR_SESSION_ENDED: 409,
}
