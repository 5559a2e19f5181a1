import type { End } from "./ends.ts"
import { besideFault, type History } from "./history.ts"
import { isRefused, isSlow, isUnknown, type Tell, type Visit } from "./visit.ts"

/** What may have made a request with a cookie of a session come too late, the earliest first. */
function causesFor(history: History, ends: ReadonlyMap<string, End>): (visit: Visit) => number {
  return (visit) => {
    const id = visit.sentId!
    const gift = visit.sent === undefined ? undefined : history.firstGift.get(visit.sent)
    const turn = (history.turns.get(id) ?? []).find(
      (other) => other !== visit && other !== gift && (isUnknown(other) || other.end >= (gift?.begin ?? 0)),
    )
    return Math.min(ends.get(id)?.from ?? Number.POSITIVE_INFINITY, turn?.begin ?? Number.POSITIVE_INFINITY)
  }
}

/**
 * Nobody is told that a session has ended which has neither ended nor got a new secret. It can't be said of who was loaded from a cache
 * and took longer than the grace: the secret may be closed by then.
 */
export function judgeRefusals(history: History, ends: ReadonlyMap<string, End>, tell: Tell): void {
  const { stale, grace } = history.limits
  const causeOf = causesFor(history, ends)
  for (const visit of history.visits.filter(isRefused)) {
    if (visit.ask.do === "login") judgeRefusedLogin(visit, history, tell)
    else if (stale > 0 && isSlow(visit, grace)) continue
    else if (visit.sentId === undefined || causeOf(visit) > visit.end)
      tell("who is told of an end had a session that ended", visit)
  }
}

function judgeRefusedLogin(login: Visit, { visits }: History, tell: Tell): void {
  const { ask } = login
  const isRevoked = visits.some(
    (visit) =>
      visit.ask.do === "revokeUser" &&
      ask.do === "login" &&
      visit.ask.user === ask.user &&
      visit.begin < login.end &&
      (isUnknown(visit) || visit.end > login.begin),
  )
  if (!isRevoked) tell("a login is refused only beside a revocation", login)
}

/**
 * A request whose session was ended, or whose secret was superseded, a moment ago begins no other one: its answer would replace a better
 * cookie.
 */
export function judgeCookies(history: History, ends: ReadonlyMap<string, End>, tell: Tell): void {
  const { limits, visits } = history
  const causeOf = causesFor(history, ends)
  for (const visit of visits) {
    const { sentId, givenId, ask } = visit
    if (sentId === undefined || givenId === undefined || givenId === sentId || ask.do === "login") continue
    const cause = causeOf(visit)
    const isLongAgo = cause + limits.quiet < visit.end
    // A session that could not be marked as ended was deleted instead, so that nobody can tell it from one that never was.
    const isUnmarked = besideFault(limits, { begin: cause, end: Math.min(cause + limits.quiet, visit.end) })
    const gift = visits[visit.source!]!
    if (!isLongAgo && !isUnmarked && !isSlow(visit, limits.grace) && !isSlow(gift, limits.grace))
      tell("a late request begins no session", gift, visit)
  }
}
