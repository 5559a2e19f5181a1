import { isMarkId } from "../../src/core/marks.ts"
import { type MemoryStore, type StoreMethod, surround } from "../security/stage.ts"
import { type Call, isFault, isWrite, type Moment, named, type Step } from "./step.ts"
import { settled } from "./time.ts"

/** What a run is made of. */
export interface Scene {
  readonly store: MemoryStore
  /** Begins the tasks, each in its process. */
  begin(desk: Desk): readonly Task[]
  /** How much has happened by now whose order shows. */
  heard(): number
}

export interface Task {
  readonly process: number
  readonly over: Promise<void>
}

/** Where tasks wait for their turns. */
export interface Desk {
  /** The store for a process, whose every call waits for its turn. */
  storeOf(process: number): MemoryStore
  /**
   * To be told of which records the queues of the process are asked. Where it is, steps of the process meet only if they ask for the
   * same one.
   */
  watch(process: number): (id: unknown) => void
  /** A turn in which everything may change. */
  turnOf(process: number): Promise<void>
}

/** What happened in a run. */
export interface Trace {
  readonly order: readonly Step[]
  readonly faults: readonly Step[]
  /** The processes that ended in its midst. */
  readonly ended: ReadonlySet<number>
  /** What the calls were about: all ids of records among them. */
  readonly ids: readonly string[]
}

/** Says what happens next; `undefined` where nothing new can come of it. */
export type Choose = (moment: Moment) => Step | undefined

interface Waiting extends Call {
  readonly call: () => Promise<unknown>
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

/** One run, in which `choose` says whose turn it is. `undefined` where it was given up. */
export async function play(scene: Scene, choose: Choose): Promise<Trace | undefined> {
  const desk = deskOver(scene.store)
  const { waiting, ghosts, ended, wrote } = desk
  const tasks = scene.begin(desk)
  const over = new Set<Task>()
  let failure: { error: unknown } | undefined
  for (const task of tasks)
    task.over.then(
      () => over.add(task),
      (error: unknown) => {
        failure ??= { error }
        over.add(task)
      },
    )
  const isAlone = (process: number): boolean => tasks.filter((task) => task.process === process).length === 1
  const mattersWhenEnds = (process: number): boolean =>
    waiting.some((call) => call.process === process && isWrite(call)) ||
    (wrote.has(process) && !isAlone(process))

  const order: Step[] = []
  for (;;) {
    const heard = scene.heard()
    await settled()
    const last = order.at(-1)
    if (last) last.isHeard = scene.heard() > heard
    if (last) last.asked = desk.takeAsked(last)
    const isOver = tasks.every((task) => over.has(task) || ended.has(task.process))
    if (isOver && ghosts.length === 0) break
    if (!isOver && waiting.length === 0) throw new Error(`Nobody moves after ${order.map(named).join(", ")}`)
    const faults = order.filter(isFault).length
    const step = choose({ depth: order.length, faults, waiting, ghosts, isOver, mattersWhenEnds })
    if (!step) return undefined
    order.push(step)
    if (step.fate === "stops") break
    desk.make(step)
  }
  if (failure) throw new Error(`After ${order.map(named).join(", ")}`, { cause: failure.error })
  return { order, faults: order.filter(isFault), ended, ids: [...desk.names.keys()] }
}

function deskOver(store: MemoryStore) {
  const waiting: Waiting[] = []
  const ghosts: Waiting[] = []
  const ended = new Set<number>()
  const wrote = new Set<number>()
  const made: number[] = []
  const faulty = new Set<number>()
  let asked: Map<number, Set<unknown>> = new Map()
  /** New ids differ from run to run: what made them is the same. */
  const names = new Map<string, string>()

  function wait(
    process: number,
    what: StoreMethod | "clock",
    id: string,
    call: () => Promise<unknown>,
  ): Promise<unknown> {
    const nth = made[process] ?? 0
    made[process] = nth + 1
    if (!names.has(id)) names.set(id, what === "create" && !isMarkId(id) ? `${process}:${nth}` : id)
    return new Promise((resolve, reject) => {
      if (!ended.has(process))
        waiting.push({ process, nth, what, about: names.get(id)!, call, resolve, reject })
    })
  }

  function end(process: number): void {
    ended.add(process)
    for (const call of [...waiting])
      if (call.process === process && isWrite(take(waiting, call))) ghosts.push(call)
  }

  /** After a fault a process may put off what it would have done, so that all of its steps meet. */
  function takeAsked(step: Step): ReadonlySet<unknown> | undefined {
    if (isFault(step)) faulty.add(step.process)
    const taken = faulty.has(step.process) ? undefined : asked.get(step.process)
    asked = new Map([...asked.keys()].map((process) => [process, new Set()]))
    return taken
  }

  function make(step: Step): void {
    if (step.fate === "ends") end(step.process)
    else carryOut(take(step.fate === "late" ? ghosts : waiting, step), step)
  }

  function carryOut(taken: Waiting, { process, fate }: Step): void {
    const { call, resolve, reject } = taken
    if (fate === "refused" || fate === "given up") {
      if (fate === "given up" && isWrite(taken)) ghosts.push(taken)
      reject(fate === "refused" ? new Error("refused") : NO_ANSWER)
      return
    }
    if (isWrite(taken)) wrote.add(process)
    const answer = fate === "lost" ? () => reject(new Error("lost")) : resolve
    call().then(fate === "late" ? () => {} : answer, reject)
  }

  return {
    waiting,
    ghosts,
    ended,
    wrote,
    names,
    make,
    takeAsked,
    watch(process: number) {
      asked.set(process, new Set())
      return (id: unknown) => void asked.get(process)!.add(id)
    },
    storeOf: (process: number) =>
      surround(store, (method, call, [subject]) =>
        wait(process, method, typeof subject === "string" ? subject : (subject as { id: string }).id, call),
      ),
    turnOf: async (process: number) => void (await wait(process, "clock", "", async () => {})),
  }
}

function take(from: Waiting[], { process, nth }: Pick<Step, "process" | "nth">): Waiting {
  const place = from.findIndex((call) => call.process === process && call.nth === nth)
  if (place < 0) throw new Error(`No call ${nth} of ${process} waits: the run is not the one before`)
  return from.splice(place, 1)[0]!
}

const NO_ANSWER = Object.assign(new Error("no answer"), { name: "TimeoutError" })
