import { extremes } from "../../../src/testing/history/sorted.ts"
import { type History, mayBeStale } from "./history.ts"
import { foundBy, isGood, type Tell, type Visit } from "./visit.ts"

/** A list of steps that a request saw: when it began, or, of an `update()`, what came of it. */
interface Look {
  readonly visit: Visit
  readonly steps: readonly string[]
}

/**
 * The steps that `update()` appended make one list: none that was acknowledged is lost, none is there twice, before it was asked for or
 * though it was refused, and they lie in an order in which the requests may have come.
 */
export function judgeSteps(history: History, tell: Tell): void {
  const beginnings = Map.groupBy(
    history.visits.filter(({ steps, seen }) => steps && seen?.isNew),
    ({ seen }) => seen!.id,
  )
  for (const [id, finders] of history.finders) {
    const looks = [...(beginnings.get(id) ?? []), ...finders].flatMap((visit) => [
      { visit, steps: visit.seen!.data.steps ?? [] },
      ...(visit.steps ? [{ visit, steps: visit.steps }] : []),
    ])
    const longest = looks.reduce((best, look) => (look.steps.length > best.steps.length ? look : best))
    for (const look of looks)
      if (look.steps.some((step, n) => step !== longest.steps[n]))
        tell("steps make one list", look.visit, longest.visit)
    judgeList(longest, history, tell)
    judgeLosses(id, longest, looks, history, tell)
  }
}

/** The list itself: what is in it, and in which order. */
function judgeList({ visit: seer, steps }: Look, { writers }: History, tell: Tell): void {
  if (new Set(steps).size < steps.length) tell("a step is made once", seer)
  let latest: Visit | undefined
  for (const step of steps) {
    const writer = writers.get(step)
    if (writer?.ask.do !== "add") {
      tell("a step is one that was asked for", seer)
      continue
    }
    if (writer.begin > seer.end) tell("nothing is seen before it was asked for", writer, seer)
    if (isGood(writer) && latest && writer.end < latest.begin)
      tell("steps lie in the order in which they came", writer, latest, seer)
    if (!latest || writer.begin > latest.begin) latest = writer
  }
}

/** Every look that began after a step was acknowledged shows it. */
function judgeLosses(
  id: string,
  { steps }: Look,
  looks: readonly Look[],
  history: History,
  tell: Tell,
): void {
  const places = new Map(steps.map((step, n) => [step, n]))
  const found = looks.filter(({ visit }) => foundBy(visit) === id)
  const shortest = extremes(
    found,
    ({ visit }) => visit.begin,
    ({ steps }) => steps.length,
  )
  for (const { visit } of looks) {
    if (visit.ask.do !== "add" || !visit.steps) continue
    const place = places.get(visit.ask.value) ?? Number.POSITIVE_INFINITY
    const look = shortest.leastAbove(visit.end)
    if (look && look.steps.length <= place && !mayBeStale(history, visit, look.visit))
      tell("a step that was acknowledged stays", visit, look.visit)
  }
}
