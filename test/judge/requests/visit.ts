/** What a request asks of its session. No value is written twice in a history. */
export type Ask =
  | { readonly do: "read" }
  /** Sets a key, by changing `session.data`. */
  | { readonly do: "set"; readonly key: string; readonly value: string }
  /** Appends to the list `steps`, by `session.update()`. */
  | { readonly do: "add"; readonly value: string }
  | { readonly do: "login"; readonly user: string }
  | { readonly do: "rotate" }
  | { readonly do: "logout" }
  /** From elsewhere, without a cookie. */
  | { readonly do: "revoke"; readonly id: string }
  | { readonly do: "revokeUser"; readonly user: string }

/** A session as the handler found it, before it changed anything. */
export interface Sight {
  /** Its id, or the one that it gets if it is stored. */
  readonly id: string
  /** Nothing was stored: the request came as nobody. */
  readonly isNew: boolean
  readonly user: string | null
  readonly data: SeenData
}

export interface SeenData {
  readonly steps?: readonly string[]
  readonly [key: string]: unknown
}

/** A whole request, from its first byte to its answer, as its client saw it. */
export interface Visit {
  /** Its place in the order of beginnings. */
  readonly number: number
  /** The browser that sent it. */
  readonly by: string
  readonly ask: Ask
  /** In milliseconds of the machine's monotonic clock; without an answer the end is `Infinity`. */
  readonly begin: number
  readonly end: number
  /** The cookies that it carried, as the header has them. */
  readonly sent?: string
  /** The session that they name. */
  readonly sentId?: string
  /** The number of the visit whose answer brought them. */
  readonly source?: number
  /** It was sent with an earlier cookie of the browser, by somebody who has a copy. */
  readonly isCopy?: true
  /** The process that answered. */
  readonly server?: string
  /** The status of the answer. Absent where none came, or not the whole of it. */
  readonly status?: number
  /** The code of the error that was answered. */
  readonly code?: string
  readonly seen?: Sight
  /** What `update()` gave: the steps with the one that was added. */
  readonly steps?: readonly string[]
  /** When a login had the user's mark, on the same clock. */
  readonly marked?: number
  /** The cookies that the answer set; `null` where it cleared them. */
  readonly given?: string | null
  readonly givenId?: string
}

/** Acknowledged: what it asked for was done. */
export function isGood({ status }: Visit): boolean {
  return status !== undefined && status >= 200 && status < 300
}

/** Told that its session has ended: nothing was done. */
export function isRefused({ status }: Visit): boolean {
  return status === 409
}

/** Nobody knows whether it was done, or will be. */
export function isUnknown(visit: Visit): boolean {
  return !isGood(visit) && !isRefused(visit)
}

/** The stored session that a good request found. */
export function foundBy(visit: Visit): string | undefined {
  return isGood(visit) && visit.seen && !visit.seen.isNew ? visit.seen.id : undefined
}

/** The session that a change went to, or may have gone to; `undefined` where nobody can say. */
export function homeOf(visit: Visit): string | undefined {
  return isGood(visit) ? visit.seen?.id : visit.sentId
}

/** Whether it asks for a new secret. */
export function isTurn({ ask }: Visit): boolean {
  return ask.do === "login" || ask.do === "rotate"
}

/** Until when it may take effect. */
export function lastEffect(visit: Visit): number {
  return isUnknown(visit) ? Number.POSITIVE_INFINITY : visit.end
}

/** Whether its answer took so long that secrets may have come and gone meanwhile. */
export function isSlow({ begin, end }: Visit, grace: number): boolean {
  return end - begin >= grace
}

/** A rule that a history breaks, and the requests that contradict each other. */
export interface Offence {
  readonly rule: string
  readonly visits: readonly Visit[]
}

export type Tell = (rule: string, ...visits: readonly (Visit | undefined)[]) => void
