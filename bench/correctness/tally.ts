import { historyOf } from "../../test/judge/requests/history.ts"
import { judgeValues } from "../../test/judge/requests/values.ts"
import { foundBy, isGood, lastEffect, type Visit } from "../../test/judge/requests/visit.ts"

/** What became of a library's requests. */
export interface Tally {
  readonly requests: number
  /** Without a good answer. Nothing of these counts below. */
  readonly failed: number
  /** Changes of a key that were acknowledged. */
  readonly changes: number
  /**
   * Those that a later request of the same session did not see, though nobody had changed that key since, and nobody had signed in or out.
   */
  readonly lostUpdates: number
  /** Logouts of a session that were acknowledged. */
  readonly logouts: number
  /** Those after which a later request found the session. */
  readonly undoneLogouts: number
  /** Logins that were acknowledged, with none and no logout of the browser beside them. */
  readonly logins: number
  /** Those after which a later request of the browser was not signed in, though it had not signed out. */
  readonly lostLogins: number
}

/** Counts what was lost, each change, logout and login once. */
export function tallyOf(visits: readonly Visit[]): Tally {
  const good = visits.filter(isGood)
  const logins = loginsIn(visits)
  return {
    requests: visits.length,
    failed: visits.length - good.length,
    changes: good.filter(({ ask }) => ask.do === "set").length,
    lostUpdates: lostUpdatesIn(visits),
    ...logoutsIn(good),
    logins: logins.length,
    lostLogins: logins.filter(({ isLost }) => isLost).length,
  }
}

function lostUpdatesIn(visits: readonly Visit[]): number {
  const turnedAt = new Map<string, number>()
  for (const visit of visits) {
    const id = foundBy(visit)
    if (id === undefined || !isBoundary(visit)) continue
    turnedAt.set(id, Math.min(turnedAt.get(id) ?? Number.POSITIVE_INFINITY, visit.begin))
  }
  const lost = new Set<Visit>()
  judgeValues(
    historyOf(visits),
    (rule, change) => {
      if (rule === "a change stays until the key is changed again" && change) lost.add(change)
    },
    {
      isJudged: (read, id) => read.end < (turnedAt.get(id) ?? Number.POSITIVE_INFINITY),
      countsSights: false,
    },
  )
  return lost.size
}

function isBoundary({ ask }: Visit): boolean {
  return ask.do === "login" || ask.do === "logout"
}

function logoutsIn(good: readonly Visit[]): Pick<Tally, "logouts" | "undoneLogouts"> {
  const ended = new Map<string, number>()
  for (const visit of good) {
    const id = foundBy(visit)
    if (id === undefined || visit.ask.do !== "logout") continue
    ended.set(id, Math.min(ended.get(id) ?? Number.POSITIVE_INFINITY, visit.end))
  }
  const undone = new Set(
    good.flatMap((visit) => {
      const id = foundBy(visit) ?? ""
      return visit.begin > (ended.get(id) ?? Number.POSITIVE_INFINITY) ? [id] : []
    }),
  )
  return { logouts: ended.size, undoneLogouts: undone.size }
}

/** The logins after which it can be said who is signed in, and whether each was lost. */
function loginsIn(visits: readonly Visit[]): readonly { readonly isLost: boolean }[] {
  return [...Map.groupBy(visits, ({ by }) => by).values()].flatMap((theirs) => {
    const inOrder = theirs.toSorted((one, other) => one.begin - other.begin)
    const boundaries = inOrder.filter(isBoundary)
    let before = Number.NEGATIVE_INFINITY
    return boundaries.flatMap((login, n) => {
      const isAlone = before < login.begin && isGood(login) && !cameAsNobodyBeside(login, inOrder)
      before = Math.max(before, lastEffect(login))
      const until = boundaries[n + 1]?.begin ?? Number.POSITIVE_INFINITY
      const { ask } = login
      if (!isAlone || ask.do !== "login" || until < login.end) return []
      const isLost = inOrder.some(
        (visit) =>
          isGood(visit) && visit.begin > login.end && visit.end < until && visit.seen!.user !== ask.user,
      )
      return [{ isLost }]
    })
  })
}

/**
 * Whether another request of the browser that found nobody was given a session meanwhile, and did not come with the very cookies of the
 * login: which of both sessions the browser keeps is up to the order in which the answers arrive. Where nobody had a session, or the
 * other one came from before, no server can tell.
 */
function cameAsNobodyBeside(login: Visit, theirs: readonly Visit[]): boolean {
  return theirs.some(
    (other) =>
      other !== login &&
      other.seen?.isNew &&
      typeof other.given === "string" &&
      (login.seen!.isNew || other.sent !== login.sent) &&
      other.begin < login.end &&
      other.end > login.begin,
  )
}
