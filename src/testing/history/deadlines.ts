import type { Found } from "../../index.ts"
import { isDone } from "./call.ts"
import type { Violation } from "./violation.ts"
import type { Write } from "./writes.ts"

/**
 * Tells of reads that show a deadline which nobody set, or one that was moved before they began, or a record past its deadline.
 *
 * @param step The smallest step, in milliseconds, in which the backend counts deadlines.
 */
export function judgeDeadlines(
  writes: readonly Write[],
  step: number,
  tell: (violation: Violation) => void,
): void {
  for (const { call, sights, touches } of writes) {
    const set = [
      { call, due: call.given!.expiresAt },
      ...touches.map((touch) => ({ call: touch, due: touch.expiresAt! })),
    ]
    for (const read of sights.filter(({ call }) => call === "read")) {
      const { expiresAt } = (read.answer as Found).record
      const isNear = (due: number): boolean => Math.abs(due - expiresAt) <= step
      const setters = set.filter(({ due }) => isNear(due))
      const moved = set.find(
        (later) =>
          !isNear(later.due) &&
          isDone(later.call) &&
          later.call.end < read.begin &&
          setters.every((setter) => setter.call.end < later.call.begin),
      )
      if (setters.length === 0) tell({ rule: "a deadline is one that was set", calls: [call, read] })
      else if (moved) tell({ rule: "a touch that was answered holds", calls: [call, moved.call, read] })
      if (expiresAt + step <= read.at)
        tell({ rule: "a record past its deadline is absent", calls: [call, read] })
    }
  }
}
