import { extremes } from "../../../src/testing/history/sorted.ts"
import { type History, mayBeStale } from "./history.ts"
import { foundBy, isGood, type Tell } from "./visit.ts"

/** What a login or a rotation superseded opens nothing: no cookie from before it finds the session once it was acknowledged. */
export function judgeSecrets(history: History, tell: Tell): void {
  for (const [id, visits] of history.finders) {
    const turns = (history.turns.get(id) ?? []).filter(
      (turn) => isGood(turn) && foundBy(turn) === id && turn.givenId === id,
    )
    const soonest = extremes(
      turns,
      ({ begin }) => begin,
      ({ end }) => end,
    )
    for (const visit of visits) {
      const gift = visit.sent === undefined ? undefined : history.firstGift.get(visit.sent)
      const turn = gift && soonest.leastAbove(gift.end)
      if (turn && turn.end < visit.begin && turn.given !== visit.sent && !mayBeStale(history, turn, visit))
        tell("a superseded cookie opens nothing", gift, turn, visit)
    }
  }
}
