import { type Choose, play, type Scene, type Trace } from "./schedule.ts"
import { isFault, isSame, type Moment, meet, optionsOf, type Step } from "./step.ts"
import { breathe } from "./time.ts"

/** A moment of a run at which somebody's turn was chosen. */
interface Turn {
  readonly options: readonly Step[]
  /** What need not be chosen here, since the same comes of it where it was chosen before. */
  readonly asleep: readonly Step[]
  readonly chosenBefore: Step[]
  chosen: Step
}

/** How far a search goes. */
export interface Bounds {
  /** The most faults in a run. @default 0 */
  readonly faults?: number
  /** The most runs. @default without a limit */
  readonly most?: number
}

/** What a search came to. */
export interface Searched {
  readonly runs: number
  /** Whether these were all. */
  readonly isWhole: boolean
}

/**
 * Runs a scene once for every order of its tasks' calls, and every fault at every place; only once for all orders that differ by
 * steps that have nothing to do with each other ("sleep sets", Godefroid 1996). `setUp` makes it anew for each run, and `check` looks at
 * what came of it.
 */
export async function everyOrder<Played extends Scene>(
  setUp: () => Promise<Played>,
  check: (scene: Played, trace: Trace) => Promise<void>,
  { faults = 0, most = Number.POSITIVE_INFINITY }: Bounds = {},
): Promise<Searched> {
  const turns: Turn[] = []
  let runs = 0
  for (let played = 1; ; played++) {
    const scene = await setUp()
    const trace = await play(scene, (moment) => nextOf(turns, moment, faults))
    if (trace) {
      await check(scene, trace)
      runs++
    }
    if (!advance(turns)) return { runs, isWhole: true }
    if (runs >= most) return { runs, isWhole: false }
    if (played % A_BREATH === 0) await breathe()
  }
}

/** One run in an order that chance decides, with at most so many faults. */
export async function someOrder<Played extends Scene>(
  setUp: () => Promise<Played>,
  check: (scene: Played, trace: Trace) => Promise<void>,
  random: () => number,
  faults: number,
): Promise<void> {
  const pick = (from: readonly Step[]): Step => from[Math.floor(random() * from.length)]!
  const choose: Choose = (moment) => {
    const options = optionsOf(moment, faults)
    const failures = options.filter(isFault)
    const isFaulty = failures.length > 0 && random() < FAULTY
    return pick(isFaulty ? failures : options.filter((step) => !isFault(step)))
  }
  const scene = await setUp()
  await check(scene, (await play(scene, choose))!)
}

/** The step that is known for this moment, or the first one that leads to something new. */
function nextOf(turns: Turn[], moment: Moment, faults: number): Step | undefined {
  const known = turns[moment.depth]
  if (known) return known.chosen
  const before = turns.at(-1)
  const sleepers = before ? [...before.asleep, ...before.chosenBefore] : []
  const asleep = sleepers.filter((step) => !meet(step, before!.chosen))
  const options = optionsOf(moment, faults)
  const chosen = options.find((step) => !asleep.some((other) => isSame(step, other)))
  if (chosen) turns.push({ options, asleep, chosenBefore: [], chosen })
  return chosen
}

/** Goes to the next order; `false` when there is none. */
function advance(turns: Turn[]): boolean {
  for (let turn = turns.at(-1); turn; turn = turns.at(-1)) {
    turn.chosenBefore.push(turn.chosen)
    const done = [...turn.asleep, ...turn.chosenBefore]
    const next = turn.options.find((step) => !done.some((other) => isSame(step, other)))
    if (next) {
      turn.chosen = next
      return true
    }
    turns.pop()
  }
  return false
}

/** After how many runs the rest of the process has its turn. */
const A_BREATH = 200
/** How often a step of a run by chance is a fault, while there may be one. */
const FAULTY = 0.12
