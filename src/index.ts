export type { ExpiryQuestion, LoginOptions } from "./core/call-options.ts"
export type { CookieOptions } from "./core/cookie.ts"
export type { SessionData } from "./core/data.ts"
export { SessionError, type SessionErrorCode } from "./core/errors.ts"
export type { SessionEvent } from "./core/events.ts"
export type { Expiry } from "./core/expiry.ts"
export type { RequestHeaders } from "./core/headers.ts"
export type { SessionOptions } from "./core/options.ts"
export type { Found, SessionRecord, Version } from "./core/record.ts"
export type { Outcome } from "./core/request-commit.ts"
export type { ResponseFacts } from "./core/response-facts.ts"
export type { Session } from "./core/session.ts"
export {
  type AdapterOptions,
  createSessions,
  type MountOptions,
  type SessionInfo,
  type Sessions,
} from "./core/sessions.ts"
export type { ClearExpiredOptions, ReadOptions, Store, UserIndex } from "./core/store.ts"
export type { ConnectionFacts } from "./core/why-no-cookie.ts"

import type { SessionData } from "./core/data.ts"
import type { Session } from "./core/session.ts"
import type { Sessions } from "./core/sessions.ts"

/**
 * Where an application says, once, what its sessions hold, for the frameworks whose requests can't infer it:
 *
 * @example
 * declare module "holdfast" {
 *   interface Register { sessions: typeof sessions }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be added to
export interface Register {}

/** The session type that `Register` names. */
export type RegisteredSession = Register extends { sessions: Sessions<infer Data> }
  ? Session<Data>
  : Session<SessionData>
