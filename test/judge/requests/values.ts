import { extremes } from "../../../src/testing/history/sorted.ts"
import { type History, mayBeStale } from "./history.ts"
import { homeOf, isGood, type Tell, type Visit } from "./visit.ts"

/** How changes of keys are judged. */
export interface ValueOptions {
  /** Whether a request may be held to what the session held. @default each may */
  readonly isJudged?: (read: Visit, id: string) => boolean
  /** Whether a change that somebody saw counts like one that was acknowledged. @default true */
  readonly countsSights?: boolean
}

/**
 * Every change of a key that was acknowledged, or seen, is seen by every request of the same session that begins after that, unless the
 * key was changed again by a request that was not over before.
 */
export function judgeValues(
  { finders, visits, ...history }: History,
  tell: Tell,
  { isJudged = () => true, countsSights = true }: ValueOptions = {},
): void {
  const changes = Map.groupBy(
    visits.filter(({ ask }) => ask.do === "set"),
    homeOf,
  )
  for (const [id, all] of finders) {
    const reads = all.filter((read) => isJudged(read, id))
    for (const [key, writes] of Map.groupBy(changes.get(id) ?? [], keyOf))
      judgeKey(key!, writes, reads, { finders, visits, ...history }, tell, countsSights)
  }
}

function keyOf({ ask }: Visit): string | undefined {
  return ask.do === "set" ? ask.key : undefined
}

function judgeKey(
  key: string,
  writes: readonly Visit[],
  reads: readonly Visit[],
  history: History,
  tell: Tell,
  countsSights: boolean,
): void {
  const byValue = new Map(writes.map((write) => ["value" in write.ask && write.ask.value, write]))
  const writerOf = (read: Visit): Visit | undefined => byValue.get(read.seen!.data[key] as string)
  const doneAt = new Map(writes.filter(isGood).map((write) => [write, write.end]))
  for (const read of countsSights && history.limits.stale === 0 ? reads : []) {
    const writer = writerOf(read)
    if (writer) doneAt.set(writer, Math.min(doneAt.get(writer) ?? Number.POSITIVE_INFINITY, read.end))
  }
  const done = extremes(
    [...doneAt],
    ([, end]) => end,
    ([write]) => write.begin,
  )
  for (const read of reads) {
    const writer = writerOf(read)
    if (writer && writer.begin > read.end) tell("nothing is seen before it was asked for", writer, read)
    const newest = done.greatestBelow(read.begin)?.[0]
    // A value of no writer here is from before: nothing, or what a login brought along.
    const isOlder =
      newest &&
      newest !== writer &&
      (writer ? (doneAt.get(writer) ?? Number.POSITIVE_INFINITY) : 0) < newest.begin
    if (isOlder && !mayBeStale(history, newest, read))
      tell("a change stays until the key is changed again", newest, writer, read)
  }
}
