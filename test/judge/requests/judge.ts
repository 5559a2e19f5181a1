import { endsOf, judgeEnds } from "./ends.ts"
import { type History, historyOf, type Limits } from "./history.ts"
import { judgeCookies, judgeRefusals } from "./late.ts"
import { judgeProvenance } from "./provenance.ts"
import { judgeSecrets } from "./secrets.ts"
import { judgeStanding, judgeUsers } from "./standing.ts"
import { judgeSteps } from "./steps.ts"
import { judgeValues } from "./values.ts"
import type { Offence, Tell, Visit } from "./visit.ts"

/** What a judge has to say. */
export interface Judgement {
  readonly offences: readonly Offence[]
  /** Of how many requests it could be said that their browser had to be signed in, or known. */
  readonly entitled: number
}

/** Says which requests contradict what the documentation promises, whatever the order in which they took effect. */
export function judgeRequests(visits: readonly Visit[], limits?: Limits): Judgement {
  const history: History = historyOf(visits, limits)
  const offences: Offence[] = []
  const tell: Tell = (rule, ...involved) =>
    void offences.push({ rule, visits: involved.filter((visit) => visit !== undefined) })
  const ends = endsOf(history)
  judgeValues(history, tell)
  judgeSteps(history, tell)
  judgeEnds(history, ends, tell)
  judgeSecrets(history, tell)
  judgeUsers(history, tell)
  judgeProvenance(history, tell)
  judgeRefusals(history, ends, tell)
  judgeCookies(history, ends, tell)
  const entitled = judgeStanding(history, ends, tell)
  return { offences, entitled }
}
