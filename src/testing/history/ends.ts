import { isDone, isRefused, isUnknown, type StoreCall } from "./call.ts"
import { type Life, mayHaveExpired } from "./lives.ts"
import { type Extremes, extremes } from "./sorted.ts"
import type { Violation } from "./violation.ts"

/**
 * Finds for each life what ended it, and tells of lives that ended without an end, and of deletes that were answered with "done"
 * where there was no life left to end.
 */
export function judgeEnds(
  calls: readonly StoreCall[],
  lives: readonly Life[],
  tell: (violation: Violation) => void,
): void {
  const absences = extremes(
    calls.filter(saysAbsent),
    ({ begin }) => begin,
    ({ end }) => end,
  )
  const deletes = calls.filter(({ call }) => call === "delete")
  const done = queue(deletes.filter(isDone))
  const unknown = queue([...deletes, ...calls.filter(isEnding)].filter(isUnknown))

  for (const [n, life] of lives.entries()) {
    const gap = gapOf(life, lives[n + 1], absences)
    const isEnded = life.ending !== undefined || done.take(gap) || unknown.take(gap)
    // A life that goes on after it was seen to have ended is told as what it is, elsewhere.
    if (isEnded || !gap.shownBy || gap.from > gap.to) continue
    const { shownBy, to } = gap
    if (!mayHaveExpired(life, shownBy.at + (to - shownBy.begin)))
      tell({ rule: "a record stays until it is ended", calls: [lastWrite(life), life.last, shownBy] })
  }
  // A record may have been made and deleted while nobody looked, its creation unanswered.
  const unseen = calls.filter((call) => call.call === "create" && isUnknown(call)).length
  for (const call of done.left().slice(unseen))
    tell({ rule: "a delete is done once, and where something is", calls: [...lastBefore(call, lives), call] })
}

/** A stretch of time in which a life must have ended: not before `from`, not after `to`. */
interface Gap {
  readonly life: Life
  readonly from: number
  readonly to: number
  /** What shows that the life had ended; absent where it may still be there. */
  readonly shownBy?: StoreCall
}

function gapOf(life: Life, next: Life | undefined, absences: Extremes<StoreCall>): Gap {
  const from = life.last.begin
  // An answer "absent" that can't have been given before the life began.
  const absence = absences.leastAbove(life.first.end)
  const isFirst = absence && (!next || absence.end < next.first.end)
  const shownBy = isFirst ? absence : next?.first
  return { life, from, to: shownBy?.end ?? Number.POSITIVE_INFINITY, ...(shownBy && { shownBy }) }
}

/** Calls that may each have ended one life. */
interface Queue {
  /** Takes the one that ends first of those that may have happened in the gap. */
  take(gap: Gap): boolean
  left(): readonly StoreCall[]
}

function queue(calls: readonly StoreCall[]): Queue {
  const left: (StoreCall | undefined)[] = [...calls].sort((one, other) => one.end - other.end)
  let start = 0
  return {
    take({ from, to, life }) {
      while (start < left.length && left[start] === undefined) start++
      for (let at = start; at < left.length; at++) {
        const call = left[at]
        if (!call || call.end < from || call.begin > to || call.end < life.root.call.begin) continue
        left[at] = undefined
        return true
      }
      return false
    },
    left: () => left.filter((call) => call !== undefined),
  }
}

function isEnding({ given, expiresAt = given?.expiresAt, at }: StoreCall): boolean {
  return expiresAt !== undefined && expiresAt <= at
}

function saysAbsent(call: StoreCall): boolean {
  return (call.call === "read" || call.call === "delete") && isRefused(call)
}

function lastWrite({ writes }: Life): StoreCall {
  return writes.reduce((best, { call }) => (call.begin > best.begin ? call : best), writes[0]!.call)
}

function lastBefore(call: StoreCall, lives: readonly Life[]): StoreCall[] {
  const before = lives.filter(({ first }) => first.end <= call.end).at(-1)
  return before ? [before.last] : []
}
