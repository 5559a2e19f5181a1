import type { MemoryStore, StoreMethod } from "./stage.ts"
import { surround } from "./stage.ts"

/** A task over a store whose every call waits for its turn. */
export type Task = (store: MemoryStore) => Promise<void>

/** A call of a task that waits, or was made. */
interface Step {
  readonly task: number
  /** The how-manieth call of its task it is: that names it, whatever the others do. */
  readonly nth: number
  readonly method: StoreMethod
  /** The id of the record it is about, or the user that is listed. */
  readonly about: string
  /** Whether it was the last of its task: known once it was made. */
  isLast: boolean
}

/** A moment of a run at which somebody's turn was chosen. */
interface Turn {
  readonly waiting: readonly Step[]
  /** What need not be chosen here, since the same comes of it where it was chosen before. */
  readonly asleep: readonly Step[]
  readonly chosenBefore: Step[]
  chosen: Step
}

/**
 * Runs the tasks once for every order in which their store calls can take place; with `skips`, which asks for tasks that share
 * nothing but the store, only once for all orders that differ by calls that have nothing to do with each other ("sleep sets",
 * Godefroid 1996). `setUp` makes the store anew for each run, and `check` looks at what came of it. Gives the number of runs.
 */
export async function everyOrder<World extends { store: MemoryStore }>(
  setUp: () => Promise<World>,
  tasks: (world: World) => readonly Task[],
  check: (world: World, order: readonly string[]) => Promise<void>,
  skips = false,
): Promise<number> {
  const turns: Turn[] = []
  let runs = 0
  do {
    const world = await setUp()
    const order = await run(world.store, tasks(world), turns, skips)
    if (order) await check(world, order)
    runs++
  } while (advance(turns))
  return runs
}

/** One run along the turns that are given, and on by the first of each. `undefined` where another run comes to the same. */
async function run(
  memory: MemoryStore,
  tasks: readonly Task[],
  turns: Turn[],
  skips: boolean,
): Promise<readonly string[] | undefined> {
  const waiting: (Step & { go: () => void })[] = []
  const order: Step[] = []
  const made = tasks.map(() => 0)
  const over = new Set<number>()
  let failure: unknown
  let isNew = true

  for (const [task, begin] of tasks.entries()) {
    const store = surround(memory, async (method, call, [subject]) => {
      const about = typeof subject === "string" ? subject : (subject as { id: string }).id
      const step = { task, nth: made[task]!++, method, about, isLast: false }
      await new Promise<void>((go) => waiting.push({ ...step, go }))
      return call()
    })
    begin(store)
      .catch((error: unknown) => {
        failure ??= error
      })
      .finally(() => over.add(task))
  }
  for (let idle = 0; over.size < tasks.length; ) {
    for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve))
    const last = turns[order.length - 1]?.chosen
    if (last) last.isLast = over.has(last.task)
    if (waiting.length === 0) {
      if (over.size < tasks.length && ++idle > 50) throw new Error(`Nobody moves after ${named(order)}`)
      continue
    }
    idle = 0
    turns[order.length] ??= nextTurn(waiting, turns.at(-1), skips)
    const { chosen, asleep } = turns[order.length]!
    if (asleep.some((step) => isSame(step, chosen))) isNew = false
    const [{ go }] = waiting.splice(
      waiting.findIndex((step) => isSame(step, chosen)),
      1,
    ) as [(typeof waiting)[0]]
    order.push(chosen)
    go()
  }
  if (failure && isNew) throw new Error(`After ${named(order)}`, { cause: failure })
  return isNew ? order.map((step) => named([step])) : undefined
}

function nextTurn(waiting: readonly Step[], before: Turn | undefined, skips: boolean): Turn {
  const sleepers = before && skips ? [...before.asleep, ...before.chosenBefore] : []
  const asleep = sleepers.filter((step) => !meet(step, before!.chosen))
  const steps = waiting.map(({ task, nth, method, about }) => ({ task, nth, method, about, isLast: false }))
  const awake = steps.find((step) => !asleep.some((other) => isSame(step, other)))
  return { waiting: steps, asleep, chosenBefore: [], chosen: awake ?? steps[0]! }
}

/** Goes to the next order; `false` when there is none. */
function advance(turns: Turn[]): boolean {
  for (let turn = turns.at(-1); turn; turn = turns.at(-1)) {
    turn.chosenBefore.push(turn.chosen)
    const done = [...turn.asleep, ...turn.chosenBefore]
    const next = turn.waiting.find((step) => !done.some((other) => isSame(step, other)))
    if (next) {
      turn.chosen = next
      return true
    }
    turns.pop()
  }
  return false
}

/** Whether it matters which of two calls comes first: to the store, or to what a task knows of others when it begins and ends. */
function meet(one: Step, other: Step): boolean {
  if (one.task === other.task || one.nth === 0 || other.nth === 0 || (one.isLast && other.isLast)) return true
  const methods = [one.method, other.method]
  if (methods.every((method) => method === "read" || method === "listByUser")) return false
  return methods.includes("listByUser") || one.about === other.about
}

function isSame(one: Step, other: Step): boolean {
  return one.task === other.task && one.nth === other.nth
}

function named(order: readonly Step[]): string {
  return order.map(({ task, method }) => `${task}.${method}`).join(" ")
}
