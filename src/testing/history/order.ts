import { isDone, isRefused, type StoreCall } from "./call.ts"
import type { Life } from "./lives.ts"
import { extremes } from "./sorted.ts"
import type { Violation } from "./violation.ts"
import type { Write, Writes } from "./writes.ts"

/** Tells where two writes went over the same one, and where a call saw what was overtaken before it began, or not yet written. */
export function judgeOrder({ all }: Writes, tell: (violation: Violation) => void): void {
  for (const write of all) {
    const done = write.children.map(({ call }) => call)
    if (done.length > 1)
      tell({ rule: "one write goes over another, and no second one", calls: [write.call, ...done] })
    const overtaken = write.children
      .flatMap(({ call, sights }) => [call, ...sights])
      .reduce(earlier, undefined)
    for (const sight of write.sights) {
      if (overtaken && sight.begin > overtaken.end)
        tell({ rule: "a call sees the last write that was answered", calls: [write.call, overtaken, sight] })
      if (sight.end < write.call.begin)
        tell({ rule: "a call sees no write before it begins", calls: [sight, write.call] })
    }
  }
}

function earlier(first: StoreCall | undefined, call: StoreCall): StoreCall {
  return first && first.end <= call.end ? first : call
}

/** Tells of answers that say "not there" or "changed" of what was there and unchanged all along. */
export function judgeRefusals(
  calls: readonly StoreCall[],
  writes: Writes,
  lives: readonly Life[],
  tell: (violation: Violation) => void,
): void {
  const byFirst = extremes(
    lives,
    ({ first }) => first.end,
    ({ last }) => last.begin,
  )
  const presence = presenceOf(calls, lives)
  for (const call of calls) {
    if (!isRefused(call)) continue
    if (call.call === "read" || call.call === "delete") {
      const life = byFirst.greatestBelow(call.begin)
      if (life && life.last.begin > call.end)
        tell({ rule: "what is there is found", calls: [life.first, call, life.last] })
    } else if (call.call === "create") {
      if (!presence.isPossible(call))
        tell({ rule: "a create is refused only where a record is", calls: [...presence.before(call), call] })
    } else {
      const write = writes.writeOf(call)
      const later = write && stoodAllAlong(write, call)
      if (later)
        tell({ rule: "a write is refused only where it comes too late", calls: [write.call, call, later] })
    }
  }
}

/** The call that saw the write in force after `call` ended, where it was in force before it began. */
function stoodAllAlong(write: Write, call: StoreCall): StoreCall | undefined {
  if (!isDone(write.call) || write.call.end >= call.begin) return undefined
  return write.sights.find(({ begin }) => begin > call.end)
}

/** When a record may be there. */
interface Presence {
  /** Whether one may be there at a moment of the call. */
  isPossible(call: StoreCall): boolean
  /** What made the last one before the call, and what ended it. */
  before(call: StoreCall): StoreCall[]
}

function presenceOf(calls: readonly StoreCall[], lives: readonly Life[]): Presence {
  const hidden = calls.filter((call) => call.call === "create" && call.answer === undefined)
  const firstHidden = hidden.reduce((first, { begin }) => Math.min(first, begin), Number.POSITIVE_INFINITY)
  const signs = extremes(
    calls.filter(saysEnded),
    ({ begin }) => begin,
    ({ end }) => end,
  )
  const spans = lives.map((life) => {
    const sign = signs.leastAbove(life.first.end)
    const end = sign && (!life.ending || sign.end < life.ending.end) ? sign : life.ending
    return { life, end, endedAt: end?.end ?? Number.POSITIVE_INFINITY }
  })
  const byRoot = extremes(
    spans,
    ({ life }) => life.root.call.begin,
    ({ endedAt }) => endedAt,
  )
  return {
    isPossible({ begin, end }) {
      const last = byRoot.greatestUpTo(end)
      return firstHidden <= end || (last !== undefined && last.endedAt >= begin)
    },
    before({ end: instant }) {
      const last = byRoot.greatestUpTo(instant)
      return last?.end ? [last.life.root.call, last.end] : []
    },
  }
}

/** Whether the answer says that nothing is there any more. */
function saysEnded(call: StoreCall): boolean {
  return call.call === "delete" ? call.answer !== undefined : call.call === "read" && isRefused(call)
}
