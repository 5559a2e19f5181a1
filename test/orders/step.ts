import type { StoreMethod } from "../security/stage.ts"

/** What becomes of a call, or of a process. */
export type Fate =
  | "done"
  /** Done, and then an error: the answer is lost. */
  | "lost"
  /** An error, and nothing done. */
  | "refused"
  /** No answer in time; a write may still be done later, or never. */
  | "given up"
  /** The write is done that was given up, or that was under way when its process ended. */
  | "late"
  /** The process ends, and with it all of its tasks. */
  | "ends"
  /** Nothing more happens: writes that were given up are never done. */
  | "stops"

/** What may happen next. */
export interface Step {
  /** Whose it is; -1 for nobody's. */
  readonly process: number
  /** The how-manieth call of its process it is: that names it, whatever the others do. */
  readonly nth: number
  readonly what: StoreMethod | "clock" | "end" | "stop"
  /** The record it is about, or the user that is listed. */
  readonly about: string
  readonly fate: Fate
  /** Whether something came of it whose order shows: known once it was made. */
  isHeard: boolean
  /**
   * The records for which queues of the process were asked in it; absent where it may have to do with all that its process does. Known
   * once it was made.
   */
  asked: ReadonlySet<unknown> | undefined
}

/** What waits for its turn at a moment of a run. */
export interface Moment {
  /** How many steps were made. */
  readonly depth: number
  readonly faults: number
  readonly waiting: readonly Call[]
  /** Writes that nobody waits for any more. */
  readonly ghosts: readonly Call[]
  /** Whether all tasks are over. */
  readonly isOver: boolean
  /** Whether the end of the process now differs from an end at another moment. */
  mattersWhenEnds(process: number): boolean
}

/** A call of a task. */
export type Call = Pick<Step, "process" | "nth" | "what" | "about">

/** All that can happen next, where so many faults may happen in a run; first what happens without a fault. */
export function optionsOf(moment: Moment, mostFaults: number): Step[] {
  const { waiting, ghosts, isOver, faults } = moment
  const late = ghosts.map((call) => stepOf(call, "late"))
  if (isOver) return [...late, stepOf(NOTHING, "stops")]
  const plain = [...waiting.map((call) => stepOf(call, "done")), ...late]
  if (faults >= mostFaults) return plain
  const calls = waiting.filter(({ what }) => what !== "clock")
  const failures = calls.flatMap((call) =>
    FAILURES[isWrite(call) ? "write" : "read"].map((fate) => stepOf(call, fate)),
  )
  const processes = [...new Set(calls.map(({ process }) => process))].filter(moment.mattersWhenEnds)
  const ends = processes.map((process) => {
    const nth = Math.min(...calls.filter((call) => call.process === process).map((call) => call.nth))
    return stepOf({ process, nth, what: "end", about: "" }, "ends")
  })
  return [...plain, ...failures, ...ends]
}

/** Whether it matters which of two steps comes first: to the store, to their process, or to what is heard of them. */
export function meet(one: Step, other: Step): boolean {
  if (one.isHeard && other.isHeard) return true
  if (one.process === other.process && shareQueue(one, other)) return true
  if (one.what === "clock" || other.what === "clock") return true
  if (!isDone(one) || !isDone(other) || !(isWrite(one) || isWrite(other))) return false
  return one.what === "listByUser" || other.what === "listByUser" || one.about === other.about
}

function shareQueue({ asked }: Step, other: Step): boolean {
  return !asked || !other.asked || [...asked].some((id) => other.asked!.has(id))
}

export function isSame(one: Step, other: Step): boolean {
  return one.process === other.process && one.nth === other.nth && one.fate === other.fate
}

export function isFault({ fate }: Step): boolean {
  return fate !== "done" && fate !== "late" && fate !== "stops"
}

export function isWrite({ what }: Pick<Step, "what">): boolean {
  return what === "create" || what === "replace" || what === "touch" || what === "delete"
}

/** Whether the store does something by it. */
function isDone({ fate }: Step): boolean {
  return fate === "done" || fate === "lost" || fate === "late"
}

/** The step in words. */
export function named({ process, what, fate }: Step): string {
  if (fate === "stops") return "(the rest never)"
  return fate === "ends" ? `${process} ends` : `${process}.${what}${fate === "done" ? "" : ` (${fate})`}`
}

function stepOf({ process, nth, what, about }: Call, fate: Fate): Step {
  return { process, nth, what, about, fate, isHeard: false, asked: undefined }
}

const NOTHING: Call = { process: -1, nth: 0, what: "stop", about: "" }
const FAILURES = { read: ["refused", "given up"], write: ["refused", "lost", "given up"] } as const
