import type { Found } from "../../index.ts"
import { isDone, isRefused, isUnknown, type StoreCall } from "./call.ts"
import { type Write, writesOf } from "./writes.ts"

/** What is in force: a write, or nothing. */
type State = Write | undefined

/** What the full search found of the calls on one id. */
export type Explanation =
  | "explained"
  /** No order of these calls explains their answers. */
  | readonly StoreCall[]
  /** The search was given up: a write without an answer, too many calls at once, or deadlines within the history. */
  | "unknown"

/**
 * Searches all orders of the calls on one id for one that explains every answer (Wing and Gong's search, with what it has seen kept).
 * It goes window by window, where a window ends when no call is under way, up to the first write without an answer.
 *
 * @param budget The most steps it takes for a window.
 */
export function explain(calls: readonly StoreCall[], budget = 100_000): Explanation {
  const inOrder = [...calls].sort((one, other) => one.begin - other.begin)
  const { writeOf, all } = writesOf(inOrder, new Set(), () => {})
  const byPayload = new Map(all.map((write) => [write.call.given!.payload, write]))
  const now = inOrder.reduce((latest, { at }) => Math.max(latest, at), 0) + 60_000
  const isTimed = inOrder.some((call) => dueOf(call) > call.at && dueOf(call) < now)
  if (isTimed) return "unknown"

  let states: readonly State[] = [undefined]
  for (const window of windowsOf(inOrder)) {
    // It may be done at any time from now on.
    if (window.some((call) => isUnknown(call) && call.call !== "read")) return "unknown"
    const answered = window.filter((call) => !isUnknown(call) && !isCopy(call))
    const after = statesAfter(
      answered,
      states,
      (call, state) => next(call, state, writeOf, byPayload),
      budget,
    )
    if (after === "unknown") return "unknown"
    if (after.length === 0) return window
    states = after
  }
  return "explained"
}

/** Whether it is a read from a copy, which may be older than what is in force. */
function isCopy({ call, answer }: StoreCall): boolean {
  return call === "read" && (answer as Found | null | undefined)?.isCopy === true
}

function dueOf({ given, expiresAt = given?.expiresAt }: StoreCall): number {
  return expiresAt ?? Number.POSITIVE_INFINITY
}

/** What is in force after the call, if it took effect in this state and its answer is right: `false` when it is not. */
function next(
  call: StoreCall,
  state: State,
  writeOf: (call: StoreCall) => Write | undefined,
  byPayload: ReadonlyMap<string, Write>,
): State | false {
  const isOver = dueOf(call) <= call.at
  const own = (): State => (isOver ? undefined : byPayload.get(call.given!.payload))
  switch (call.call) {
    case "read":
      return isRefused(call)
        ? state === undefined && undefined
        : byPayload.get((call.answer as Found).record.payload) === state && state
    case "create":
      return isDone(call) ? state === undefined && own() : state !== undefined && state
    case "delete":
      return isDone(call) ? state !== undefined && undefined : state === undefined && undefined
    case "replace":
    case "touch": {
      const expected = writeOf(call)
      if (isRefused(call)) return (!expected || expected !== state) && state
      if (!expected || expected !== state) return false
      return call.call === "replace" ? own() : isOver ? undefined : state
    }
    case "list":
      return state
  }
}

/** Stretches of calls between two moments at which none was under way. */
function windowsOf(calls: readonly StoreCall[]): StoreCall[][] {
  const windows: StoreCall[][] = []
  let end = Number.NEGATIVE_INFINITY
  for (const call of calls) {
    if (call.begin > end) windows.push([])
    windows.at(-1)!.push(call)
    end = Math.max(end, isUnknown(call) ? call.begin : call.end)
  }
  return windows
}

/** All states that some order of the calls ends in; none when no order explains them. */
function statesAfter(
  window: readonly StoreCall[],
  before: readonly State[],
  step: (call: StoreCall, state: State) => State | false,
  budget: number,
): State[] | "unknown" {
  if (window.length > MOST) return "unknown"
  const numbers = new Map<State, number>()
  const numberOf = (state: State): number => {
    const known = numbers.get(state) ?? numbers.size
    numbers.set(state, known)
    return known
  }
  const seen = new Set<string>()
  const ends = new Set<State>()
  const open = before.map((state) => ({ state, left: window as readonly StoreCall[] }))
  for (let steps = 0; open.length > 0; steps++) {
    if (steps > budget) return "unknown"
    const { state, left } = open.pop()!
    if (left.length === 0) ends.add(state)
    // A call can't come after one that began when it had ended.
    const latest = Math.min(...left.map(({ end }) => end))
    for (const call of left) {
      if (call.begin > latest) break
      const after = step(call, state)
      if (after === false) continue
      const rest = left.filter((other) => other !== call)
      const key = `${numberOf(after)} ${rest.map(({ begin }) => begin).join(" ")}`
      if (seen.has(key)) continue
      seen.add(key)
      open.push({ state: after, left: rest })
    }
  }
  return [...ends]
}

/** The most calls in a window. */
const MOST = 60
