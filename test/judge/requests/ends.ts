import { extremes } from "../../../src/testing/history/sorted.ts"
import { type History, mayBeStale } from "./history.ts"
import { foundBy, isGood, isUnknown, lastEffect, type Tell, type Visit } from "./visit.ts"

/** What is known of a session's end. */
export interface End {
  /** The first end that was acknowledged. */
  readonly sure?: Visit
  /** From when on it may have ended; `Infinity` while nothing could have ended it. */
  readonly from: number
}

/** What ended each session, or may have. */
export function endsOf(history: History): ReadonlyMap<string, End> {
  const ends = new Map<string, End>()
  function note(id: string | undefined, from: number, sure?: Visit): void {
    if (id === undefined) return
    const known = ends.get(id)
    const first =
      sure && known?.sure ? (known.sure.end <= sure.end ? known.sure : sure) : (sure ?? known?.sure)
    ends.set(id, { from: Math.min(from, known?.from ?? from), ...(first && { sure: first }) })
  }
  for (const visit of history.visits) noteEndBy(visit, history, note)
  noteRevokedUsers(history, note)
  for (const [id, next] of leftSessions(history)) {
    const sure = ends.get(next)?.sure
    if (sure) note(id, sure.begin, sure)
  }
  return ends
}

type Note = (id: string | undefined, from: number, sure?: Visit) => void

function noteEndBy(visit: Visit, history: History, note: Note): void {
  const { ask, begin, seen, sentId, givenId } = visit
  const found = foundBy(visit)
  if (ask.do === "revoke") note(ask.id, begin, isGood(visit) ? visit : undefined)
  if (ask.do !== "logout" && ask.do !== "login") return
  if (found === undefined) note(sentId, begin)
  else if (ask.do === "logout") note(found, begin, visit)
  else if (seen!.user !== null && seen!.user !== ask.user)
    note(found, begin, isDisputed(visit, found, history) ? undefined : visit)
  // The user's own session, which a login left, ends once the new one has been in use for the grace.
  else if (givenId !== undefined && givenId !== found)
    note(found, usedFrom(givenId, history) + history.limits.grace)
}

/** Whether somebody may have signed in to the session while this login ended it: that login holds, in the same session or another. */
function isDisputed(login: Visit, id: string, { turns }: History): boolean {
  return (turns.get(id) ?? []).some(
    (turn) =>
      turn !== login && turn.ask.do === "login" && turn.begin < login.end && lastEffect(turn) > login.begin,
  )
}

/**
 * The sessions that a login of the same user left, each with the one that it began and ends with, where no other login came by, and no
 * request failed that should have ended the one that was left.
 */
function leftSessions({ visits, turns }: History): readonly (readonly [id: string, next: string])[] {
  const failing = new Set(visits.filter(isUnknown).map(({ sentId }) => sentId))
  return visits.flatMap((visit): (readonly [string, string])[] => {
    const { ask, seen, givenId } = visit
    const id = foundBy(visit)
    if (ask.do !== "login" || id === undefined || givenId === undefined || givenId === id) return []
    const isOnly = (turns.get(id) ?? []).every((turn) => turn === visit || turn.ask.do !== "login")
    return isOnly && !failing.has(givenId) && seen!.user === ask.user ? [[id, givenId]] : []
  })
}

/** When a session's cookie was first used. */
function usedFrom(id: string, { finders }: History): number {
  return finders.get(id)?.[0]?.begin ?? Number.POSITIVE_INFINITY
}

/** A user's revocation ends the sessions to which the user had signed in before it, or had been asked to with a mark from before. */
function noteRevokedUsers({ visits, logins }: History, note: Note): void {
  const revocations = new Map(
    [...Map.groupBy(visits, ({ ask }) => (ask.do === "revokeUser" ? ask.user : ""))].map(([user, theirs]) => [
      user,
      {
        sure: extremes(
          theirs.filter(isGood),
          ({ begin }) => begin,
          ({ end }) => end,
        ),
        any: extremes(theirs, lastEffect, ({ begin }) => begin),
      },
    ]),
  )
  for (const [id, theirs] of logins) {
    const [first] = theirs
    const known = first!.ask.do === "login" && revocations.get(first!.ask.user)
    if (!known) continue
    const since = Math.min(
      ...theirs.filter(isGood).map(({ end, marked = end }) => Math.min(end, marked)),
      Number.POSITIVE_INFINITY,
    )
    const sure = known.sure.leastAbove(since)
    const any = known.any.leastAbove(first!.begin)
    if (any) note(id, any.begin, sure)
  }
}

/** Nothing lives after its end was acknowledged: no request that begins then finds the session, whatever cookie it brings. */
export function judgeEnds(history: History, ends: ReadonlyMap<string, End>, tell: Tell): void {
  for (const [id, visits] of history.finders) {
    const sure = ends.get(id)?.sure
    if (!sure) continue
    for (const visit of visits)
      if (visit.begin > sure.end && !mayBeStale(history, sure, visit))
        tell("what has ended stays ended", sure, visit)
  }
}
