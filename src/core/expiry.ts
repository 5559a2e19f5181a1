/**
 * What one session says of its own end: `null` follows the settings; a number is that many seconds from the
 * last use, 0 meaning "with the browser" and on the server as `null`; a `Date` is that instant.
 */
export type Expiry = null | number | Date

/** The two limits every session has, in seconds. */
export interface Limits {
  /** How long a session lives without being used. */
  readonly idle: number
  /** How long a session lives at most, counted from when it began or its user last signed in. */
  readonly absolute: number
}

/** What of a session its end depends on. Instants are epoch milliseconds. */
export interface Life {
  readonly createdAt: number
  readonly signedInAt: number | null
  readonly expiry: Expiry
}

/** An expiry of our own: a date anew, also one of another realm, as of a `vm` context. Anything else as it is. */
export function ownExpiry<Value>(expiry: Value): Value | Date {
  return Object.prototype.toString.call(expiry) === "[object Date]" ? new Date(expiry as Date) : expiry
}

/** Whether it can be an instant in epoch milliseconds. */
export function isInstant(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= LAST_INSTANT
}

/** Whether it can be an expiry. */
export function isExpiry(value: unknown): value is Expiry {
  if (value === null) return true
  if (value instanceof Date) return !Number.isNaN(value.getTime())
  return typeof value === "number" && value >= 0 && Number.isFinite(value)
}

/** What the absolute limit counts from. */
export function begunAt({ createdAt, signedInAt }: Omit<Life, "expiry">): number {
  return signedInAt ?? createdAt
}

/** Whether a session is over at `now`, whatever the deadline of its record: a touch may have moved that too far. */
export function isOver(life: Life, now: number, limits: Limits): boolean {
  const { expiry } = life
  return lastInstant(begunAt(life), limits) <= now || (expiry instanceof Date && expiry.getTime() <= now)
}

/** When a session used at `now` will end: whole epoch milliseconds, never past the absolute limit. */
export function deadline(expiry: Expiry, begun: number, now: number, limits: Limits): number {
  const chosen = expiry instanceof Date ? expiry.getTime() : now + window(expiry, limits)
  return Math.min(Math.floor(chosen), lastInstant(begun, limits))
}

/**
 * Whether using the session at `now` should move its deadline in the store: when a tenth of its time would
 * be gained, so that reading costs few writes; and once more at the very end, to reach the absolute limit.
 * Also when it lies further off than any use could have put it, because the limits were made shorter since.
 */
export function isTouchDue(
  expiry: Expiry,
  begun: number,
  expiresAt: number,
  now: number,
  limits: Limits,
): boolean {
  if (expiry instanceof Date) return false
  const next = deadline(expiry, begun, now, limits)
  if (Math.abs(next - expiresAt) >= window(expiry, limits) / 10) return true
  return next > expiresAt && next === lastInstant(begun, limits)
}

/**
 * When a session whose record ends at `expiresAt` will end once it is changed at `now`: as before, unless moving
 * its deadline is due. So most changes leave alone what a store keeps in the order of deadlines, which costs it
 * more than the record itself.
 */
export function deadlineOfChange(
  expiry: Expiry,
  begun: number,
  expiresAt: number,
  now: number,
  limits: Limits,
): number {
  const next = deadline(expiry, begun, now, limits)
  const isMoved =
    next < expiresAt || expiry instanceof Date || isTouchDue(expiry, begun, expiresAt, now, limits)
  return isMoved ? next : expiresAt
}

/**
 * The seconds a session modified at `modifiedAt` has to live. A number is the answer itself, an instant is
 * rounded down, as Django's `get_expiry_age` does; but no answer goes past the absolute limit.
 */
export function expiryAge(expiry: Expiry, begun: number, modifiedAt: number, limits: Limits): number {
  const left = (begun - modifiedAt) / 1000 + limits.absolute
  const chosen =
    expiry instanceof Date ? (expiry.getTime() - modifiedAt) / 1000 : window(expiry, limits) / 1000
  return expiry instanceof Date || left < chosen ? Math.floor(Math.min(chosen, left)) : chosen
}

/**
 * When a session whose record ends at `expiresAt` was used, as far as its deadline tells: not after this. A session
 * that ends at a fixed instant only tells when it began.
 */
export function lastUse(life: Life, expiresAt: number, limits: Limits): number {
  const { expiry } = life
  const used = expiry instanceof Date ? 0 : expiresAt - window(expiry, limits)
  return Math.max(used, begunAt(life))
}

/** Whether two expiries say the same. */
export function isSameExpiry(one: Expiry, other: Expiry): boolean {
  return one instanceof Date && other instanceof Date ? one.getTime() === other.getTime() : one === other
}

/** Whether the cookie is to end with the browser. */
export function endsWithBrowser(expiry: Expiry, byDefault: boolean): boolean {
  return expiry === null ? byDefault : expiry === 0
}

/**
 * The cookie's Max-Age at `now`, in seconds: it outlives every slide of the deadline, which the server keeps,
 * so that a page that only reads needs no Set-Cookie. `undefined` when it ends with the browser. Without an
 * absolute limit it ends with the deadline.
 */
export function cookieMaxAge(
  expiry: Expiry,
  begun: number,
  now: number,
  limits: Limits & { readonly expireAtBrowserClose: boolean },
): number | undefined {
  if (endsWithBrowser(expiry, limits.expireAtBrowserClose)) return undefined
  const last = lastInstant(begun, limits)
  const slid = Number.isFinite(last) ? last : deadline(expiry, begun, now, limits)
  const end = expiry instanceof Date ? Math.min(expiry.getTime(), last) : slid
  return Math.max(0, Math.ceil((end - now) / 1000))
}

/** Where the absolute limit lies, in epoch milliseconds. */
function lastInstant(begun: number, limits: Limits): number {
  return Math.floor(begun + limits.absolute * 1000)
}

/** The milliseconds that one use buys. */
function window(expiry: number | null, limits: Limits): number {
  return (expiry || limits.idle) * 1000
}

/** The last that a `Date` can hold. */
const LAST_INSTANT = 8_640_000_000_000_000
