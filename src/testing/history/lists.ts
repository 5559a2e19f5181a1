import type { SessionRecord } from "../../index.ts"
import { isDone, type StoreCall } from "./call.ts"
import type { Violation } from "./violation.ts"
import type { Write } from "./writes.ts"

/** Tells of lists that miss a record which was the user's before they began and after they ended, or show one that was not. */
export function judgeLists(
  lists: readonly StoreCall[],
  writes: readonly Write[],
  tell: (violation: Violation) => void,
): void {
  const byPayload = new Map(writes.map((write) => [write.call.given!.payload, write]))
  const answered = lists.filter(({ answer }) => answer !== undefined)
  for (const list of answered)
    for (const { payload } of recordsIn(list)) {
      const write = byPayload.get(payload)
      const overtaken = write?.children.find(({ call }) => isDone(call) && call.end < list.begin)
      if (write?.call.given?.userId !== list.id)
        tell({ rule: "a list shows the user's own records", calls: write ? [write.call, list] : [list] })
      else if (overtaken)
        tell({ rule: "a list shows what is there", calls: [write.call, overtaken.call, list] })
    }

  const users = Map.groupBy(
    writes.filter(({ call }) => isDone(call)),
    ({ call }) => call.given!.userId,
  )
  for (const [user, theirs] of Map.groupBy(answered, ({ id }) => id))
    judgeMisses(theirs, users.get(user) ?? [], tell)
}

/** Goes through a user's lists in time, and keeps in view only what is there for certain. */
function judgeMisses(
  lists: readonly StoreCall[],
  writes: readonly Write[],
  tell: (violation: Violation) => void,
): void {
  const coming = writes
    .flatMap((write) => {
      const last = write.sights.reduce((best, call) => (call.begin > best.begin ? call : best), write.call)
      return last.begin > write.call.end ? [{ write, last }] : []
    })
    .sort((one, other) => one.write.call.end - other.write.call.end)
  let inView: typeof coming = []
  let next = 0
  for (const list of [...lists].sort((one, other) => one.begin - other.begin)) {
    while (next < coming.length && coming[next]!.write.call.end < list.begin) inView.push(coming[next++]!)
    inView = inView.filter(({ last }) => last.begin > list.begin)
    const shown = new Set(recordsIn(list).map(({ payload }) => payload))
    for (const { write, last } of inView)
      if (last.begin > list.end && !shown.has(write.call.given!.payload))
        tell({ rule: "a list misses nothing", calls: [write.call, list, last] })
  }
}

function recordsIn({ answer }: StoreCall): readonly SessionRecord[] {
  return answer as readonly SessionRecord[]
}
