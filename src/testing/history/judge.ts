import type { SessionRecord } from "../../index.ts"
import type { StoreCall } from "./call.ts"
import { judgeDeadlines } from "./deadlines.ts"
import { judgeEnds } from "./ends.ts"
import { judgeLists } from "./lists.ts"
import { isOrderOpen, livesOf } from "./lives.ts"
import { judgeOrder, judgeRefusals } from "./order.ts"
import { explain } from "./search.ts"
import type { Violation } from "./violation.ts"
import { type Write, writesOf } from "./writes.ts"

/** How a history is judged. */
export interface JudgeOptions {
  /** The smallest step, in milliseconds, in which the backend counts deadlines. @default 1 */
  readonly deadlineStep?: number
}

/**
 * Says which calls of a history contradict the contract of a `Store`, whatever the order in which they took effect. Takes time that
 * grows with the number of calls, and also judges calls without an answer, which may have been done or not.
 *
 * What it tells is wrong for certain. It may miss a fault that some order of the calls explains: `explain` searches all orders, of
 * short histories.
 */
export function judge(
  calls: readonly StoreCall[],
  { deadlineStep = 1 }: JudgeOptions = {},
): readonly Violation[] {
  const violations: Violation[] = []
  const tell = (violation: Violation): void => void violations.push(violation)
  const lists = calls.filter(({ call }) => call === "list")
  const listed = new Set(
    lists
      .flatMap(({ answer }) => (answer as readonly SessionRecord[] | undefined) ?? [])
      .map(({ payload }) => payload),
  )
  const written: Write[] = []
  for (const ofId of Map.groupBy(calls, ({ call, id }) => (call === "list" ? undefined : id)).entries()) {
    const [id, theirs] = ofId
    if (id === undefined) continue
    const inOrder = theirs.sort((one, other) => one.begin - other.begin)
    const writes = writesOf(inOrder, listed, tell)
    const lives = livesOf(writes.all, tell)
    judgeOrder(writes, tell)
    const suspected: Violation[] = []
    judgeEnds(inOrder, lives, (violation) => suspected.push(violation))
    // Where the order of two lives is open, another order may explain what looks wrong in this one.
    if (suspected.length > 0 && (!isOrderOpen(lives) || Array.isArray(explain(inOrder))))
      violations.push(...suspected)
    judgeRefusals(inOrder, writes, lives, tell)
    judgeDeadlines(writes.all, deadlineStep, tell)
    written.push(...writes.all)
  }
  judgeLists(lists, written, tell)
  return violations
}
