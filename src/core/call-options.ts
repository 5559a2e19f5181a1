import { type Expiry, isExpiry, ownExpiry } from "./expiry.ts"
import { checkNames, type OptionNames } from "./option-names.ts"
import { checkBoolean, checkCount, checkFunction, checkSignal, wrongOption } from "./option-values.ts"
import { isThenable, shownWithKind } from "./shown.ts"
import type { ClearExpiredOptions } from "./store.ts"

// The options of single calls. Each check throws a `TypeError` that says what to write.

/** What `getExpiryAge` and `getExpiryDate` take to answer for another moment or another expiry. */
export interface ExpiryQuestion {
  /** When the session was, or will be, last changed. @default now */
  readonly modification?: Date
  /** An expiry to answer for instead of the session's own. */
  readonly expiry?: Expiry
}

/** What `login` takes besides the user. */
export interface LoginOptions {
  /**
   * What `sessions.mark(userId)` gave before the password was checked. A login whose password was checked before the
   * user's sessions were revoked does not count then, however long the check took.
   * @default the mark when `login` is called
   */
  readonly mark?: string | undefined
}

const LOGIN: OptionNames<LoginOptions> = { mark: true }
const QUESTION: OptionNames<ExpiryQuestion> = { modification: true, expiry: true }
const OPEN = { lazy: true, request: true } as const
const REVOKE_USER = { except: true } as const
const BATCHES: OptionNames<ClearExpiredOptions> = { batchSize: true, onProgress: true, signal: true }

/** For `login`. The mark is not shown. */
export function checkLogin(options: LoginOptions): void {
  checkNames("login(userId, { mark })", options, LOGIN)
  const { mark } = options
  if (mark !== undefined && typeof mark !== "string")
    throw new TypeError(
      `login(userId, { mark }) takes what sessions.mark(userId) gave; it got ${shownWithKind(mark)}`,
    )
}

/** For `setExpiry`. */
export function checkExpiry(expiry: unknown): asserts expiry is Expiry {
  if (!isExpiry(expiry))
    throw new TypeError(
      `setExpiry(expiry) takes seconds from 0 up, a valid Date or null; it got ${shownWithKind(expiry)}`,
    )
}

/** For `getExpiryAge` and `getExpiryDate`. */
export function checkQuestion(call: string, question: ExpiryQuestion): void {
  checkNames(call, question, QUESTION)
  const { modification, expiry } = question
  if (modification !== undefined && !(modification instanceof Date && isExpiry(modification)))
    throw wrongOption("modification", "must be a valid Date", modification)
  if (expiry !== undefined && !isExpiry(ownExpiry(expiry)))
    throw wrongOption("expiry", "must be seconds from 0 up, a valid Date or null", expiry)
}

/** For `sessions.open`. */
export function checkOpen(options: { readonly lazy?: unknown; readonly request?: unknown }): void {
  if (!isOpen(options)) checkNames("sessions.open(headers, options)", options, OPEN)
  const { lazy, request } = options
  if (lazy !== undefined) checkBoolean("lazy", lazy)
  if (request !== undefined && Object(request) !== request)
    throw wrongOption("request", "must be the request, an object", request)
}

/** Whether it is what adapters hand over, at each request and so without a list of its names. */
function isOpen(options: unknown): boolean {
  if (typeof options !== "object" || options === null || Array.isArray(options) || isThenable(options))
    return false
  for (const name in options) if (name !== "lazy" && name !== "request") return false
  return true
}

/** For `revokeUser`. */
export function checkRevokeUser(options: { readonly except?: unknown }): void {
  checkNames("revokeUser(userId, { except })", options, REVOKE_USER)
  const { except } = options
  if (except !== undefined && typeof except !== "string")
    throw wrongOption("except", "must be the id of a session, as in { except: session.id }", except)
}

/** For what works batch by batch. */
export function checkBatches(
  call: string,
  options: { readonly batchSize?: unknown; readonly onProgress?: unknown; readonly signal?: unknown },
): void {
  checkNames(call, options, BATCHES)
  const { batchSize, onProgress, signal } = options
  if (batchSize !== undefined) checkCount("batchSize", batchSize)
  checkFunction("onProgress", onProgress)
  checkSignal(signal)
}
