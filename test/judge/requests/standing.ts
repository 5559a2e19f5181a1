import type { End } from "./ends.ts"
import { type History, mayBeStale, overlapping } from "./history.ts"
import { foundBy, isGood, isSlow, isTurn, isUnknown, type Tell, type Visit } from "./visit.ts"

/**
 * Nobody is signed out but by an end: a request with the cookie that its browser was last given finds the session. Gives the number of
 * requests of which that could be said.
 *
 * It can't where a login or a rotation was under way beside it, or its answer was lost; where the cookie came with an error, or with the
 * answer to a request that was under way beside a rotation; and where an answer took longer than the grace.
 */
export function judgeStanding(history: History, ends: ReadonlyMap<string, End>, tell: Tell): number {
  const { limits, visits, turns } = history
  let judged = 0
  for (const [id, theirs] of Map.groupBy(visits.filter(isEntitled), ({ sentId }) => sentId)) {
    const turned = turns.get(id!) ?? []
    const turnBeside = overlapping(turned)
    const rotationBeside = overlapping(turned.filter(({ ask }) => ask.do === "rotate"))
    const mayHaveEnded = ends.get(id!)?.from ?? Number.POSITIVE_INFINITY
    for (const visit of theirs) {
      const gift = visits[visit.source!]!
      if (mayHaveEnded < visit.end || turnBeside(visit)) continue
      if (!isGood(gift) || (!isTurn(gift) && rotationBeside(gift))) continue
      if (isSlow(visit, limits.grace) || isSlow(gift, limits.grace)) continue
      judged++
      if (foundBy(visit) !== id) tell("nobody is signed out but by an end", gift, visit)
    }
  }
  return judged
}

function isEntitled(visit: Visit): boolean {
  return isGood(visit) && visit.source !== undefined && !visit.isCopy && !isTurn(visit)
}

/** A session is its user's from the login on. */
export function judgeUsers(history: History, tell: Tell): void {
  const unknown = Map.groupBy(
    history.visits.filter((visit) => visit.ask.do === "login" && isUnknown(visit)),
    ({ sentId }) => sentId,
  )
  for (const [id, visits] of history.finders) {
    const logins = history.logins.get(id) ?? []
    const signedIn = logins.filter(isGood).reduce<Visit | undefined>(earlier, undefined)
    const asked = [...logins, ...(unknown.get(id) ?? [])]
    for (const visit of visits) {
      const { user } = visit.seen!
      const login = asked.find(({ ask }) => ask.do === "login" && ask.user === user)
      if (user !== null && !(login && login.begin < visit.end))
        tell("nobody is signed in who did not sign in", login, visit)
      if (user === null && signedIn && signedIn.end < visit.begin && !mayBeStale(history, signedIn, visit))
        tell("a login holds", signedIn, visit)
    }
  }
}

function earlier(one: Visit | undefined, other: Visit): Visit {
  return one && one.end <= other.end ? one : other
}
