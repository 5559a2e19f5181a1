import { type Extremes, extremes } from "../../../src/testing/history/sorted.ts"
import { foundBy, isGood, isTurn, isUnknown, lastEffect, type Visit } from "./visit.ts"

/** A stretch of time, in milliseconds of the same clock as the visits. */
export interface Stretch {
  readonly begin: number
  readonly end: number
}

/** What the documentation leaves open. Durations are milliseconds. */
export interface Limits {
  /** For how long a secret that a renewal superseded goes on working. */
  readonly grace: number
  /** For how long at least requests that come late begin no session. */
  readonly quiet: number
  /** Stretches in which the backend failed. */
  readonly faults: readonly Stretch[]
  /**
   * For how long other processes may see what was before a change whose news a cache did not get, because it failed; 0 where there
   * is no cache.
   */
  readonly stale: number
}

export const NO_LIMITS: Limits = { grace: 1000, quiet: 8000, faults: [], stale: 0 }

/** The requests of a trial, in the order of their beginnings, and what the rules look up. */
export interface History {
  readonly visits: readonly Visit[]
  readonly limits: Limits
  /** The requests that found a session, by its id. */
  readonly finders: ReadonlyMap<string, readonly Visit[]>
  /** Logins and rotations that came with a cookie of a session and may have changed its secret, by its id. */
  readonly turns: ReadonlyMap<string, readonly Visit[]>
  /** Logins whose answers brought the cookie of a session, by its id. */
  readonly logins: ReadonlyMap<string, readonly Visit[]>
  /** The request whose answer brought a cookie first. */
  readonly firstGift: ReadonlyMap<string, Visit>
  /** The requests that may have written a value. */
  readonly writers: ReadonlyMap<string, Visit>
}

export function historyOf(visits: readonly Visit[], limits: Limits = NO_LIMITS): History {
  const inOrder = [...visits].sort((one, other) => one.number - other.number)
  const firstGift = new Map<string, Visit>()
  for (const visit of [...inOrder].sort((one, other) => one.end - other.end))
    if (visit.given && !firstGift.has(visit.given)) firstGift.set(visit.given, visit)
  return {
    visits: inOrder,
    limits,
    finders: grouped(inOrder, foundBy),
    turns: grouped(
      inOrder.filter((visit) => isTurn(visit) && (isUnknown(visit) || visit.givenId !== undefined)),
      ({ sentId }) => sentId,
    ),
    logins: grouped(
      inOrder.filter(({ ask }) => ask.do === "login"),
      ({ givenId }) => givenId,
    ),
    firstGift,
    writers: new Map(inOrder.flatMap((visit) => ("value" in visit.ask ? [[visit.ask.value, visit]] : []))),
  }
}

/**
 * Whether another process may not have heard of the change when it answered: the cache failed while the change was made, or was left
 * alone after that.
 */
export function mayBeStale({ limits }: History, change: Visit, read: Visit): boolean {
  if (limits.stale === 0 || change.server === read.server || read.begin > change.end + limits.stale)
    return false
  return besideFault(limits, change)
}

/** Whether a fault, or what follows it, was under way while the request was. */
export function besideFault({ faults }: Limits, { begin, end }: Stretch): boolean {
  return faults.some((fault) => fault.begin < end && fault.end + AFTERMATH > begin)
}

/** For how long a fault may go on being felt: connections are made again, a cache that failed is left alone. */
const AFTERMATH = 3000

/** Answers whether one of the visits overlaps a stretch of time. */
export function overlapping(visits: readonly Visit[]): (stretch: Stretch) => Visit | undefined {
  const latest: Extremes<Visit> = extremes(visits, ({ begin }) => begin, lastEffect)
  return ({ begin, end }) => {
    const candidate = latest.greatestBelow(end)
    return candidate && lastEffect(candidate) > begin ? candidate : undefined
  }
}

/** The good ones. */
export function good(visits: readonly Visit[]): readonly Visit[] {
  return visits.filter(isGood)
}

function grouped(
  visits: readonly Visit[],
  keyOf: (visit: Visit) => string | undefined,
): ReadonlyMap<string, readonly Visit[]> {
  const groups = new Map<string, Visit[]>()
  for (const visit of visits) {
    const key = keyOf(visit)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group) group.push(visit)
    else groups.set(key, [visit])
  }
  return groups
}
