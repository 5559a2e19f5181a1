import type { Found, SessionRecord, Version } from "../../index.ts"

/** A call of a store as its caller saw it. */
export interface StoreCall {
  /** Who called: a process, as a rule. */
  readonly by: string
  readonly call: "read" | "create" | "replace" | "touch" | "delete" | "list"
  /** The record's id; of a `list` the user. */
  readonly id: string
  /** When it began and when its answer came, in milliseconds of one clock that all callers share; no answer is `Infinity`. */
  readonly begin: number
  readonly end: number
  /** The instant of its beginning, in epoch milliseconds, by which deadlines are judged. */
  readonly at: number
  /** What `create` and `replace` were to write. No payload is written twice in a history. */
  readonly given?: Omit<SessionRecord, "id">
  /** The version that `replace` and `touch` expected. */
  readonly version?: Version
  /** The deadline that `touch` was to set. */
  readonly expiresAt?: number
  /** What was answered; absent where nothing was, so that what the call did is unknown. */
  readonly answer?: Answer
}

/** As the store answered, with `null` for `undefined`: `Found`, a version, whether it was done, or the records listed. */
export type Answer = Found | Version | boolean | readonly SessionRecord[] | null

/** Whether the store said that the write was done. */
export function isDone({ answer }: StoreCall): boolean {
  return answer !== undefined && answer !== null && answer !== false
}

/** Whether the store said that the write was refused. */
export function isRefused({ answer }: StoreCall): boolean {
  return answer === null || answer === false
}

export function isUnknown({ answer }: StoreCall): boolean {
  return answer === undefined
}
