import type { Expiry } from "../core/expiry.ts"
import { clockText, instantOf } from "./clock.ts"
import type { PythonDict, PythonValue } from "./python-value.ts"

/** Where Django keeps a session's own expiry: in its data. */
export const EXPIRY_KEY = "_session_expiry"

/** How Django's settings have it write times. */
export interface Clock {
  /** `USE_TZ`: whether times carry an offset. */
  readonly useTz: boolean
  /** The zone of times without one. */
  readonly zone: string
}

/** What the dictionary says of its own end. What Django could not use counts as nothing said. */
export function readExpiry(dict: PythonDict, { zone }: Clock): Expiry {
  const value = dict.get(EXPIRY_KEY)
  if (typeof value === "string") {
    const instant = instantOf(value, zone)
    return instant === undefined ? null : new Date(instant)
  }
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value)
  return typeof value === "number" && Number.isFinite(value) ? value : null
}

/** Has the dictionary say it. An int is how Django's own `set_expiry` takes whole seconds. */
export function writeExpiry(dict: PythonDict, expiry: Expiry, clock: Clock): void {
  if (expiry === null) dict.delete(EXPIRY_KEY)
  else dict.set(EXPIRY_KEY, expiryValue(expiry, clock))
}

function expiryValue(expiry: number | Date, { useTz, zone }: Clock): PythonValue {
  if (typeof expiry === "number") return Number.isInteger(expiry) ? BigInt(expiry) : expiry
  const text = clockText(expiry.getTime(), useTz ? "UTC" : zone).replace(" ", "T")
  return useTz ? `${text}+00:00` : text
}
