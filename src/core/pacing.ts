/** Who waits, and for how much work. */
interface Waiting {
  readonly size: number
  readonly go: () => void
}

/** The runtime's own, whatever a test puts in its place later: one that never comes would leave requests waiting. */
const afterThisTurn = globalThis.setImmediate

const waiting: Waiting[] = []
/** Characters worked through in this turn of the event loop. */
let spent = 0

/**
 * To be awaited before work on data of this size; `undefined` when there is nothing to wait for. A store in this process answers
 * without letting anything else go on, so that twenty requests with large sessions would be one long pause.
 */
export function pace(size: number): Promise<void> | undefined {
  if (size < LARGE) return undefined
  if (spent > 0 && spent + size > BUDGET) return new Promise((go) => waiting.push({ size, go }))
  spend(size)
  return undefined
}

/** About how many characters' worth of work it is to store data of this JSON. */
export function workOf(text: string, data: object | undefined): number {
  if (text.length < LARGE || !data) return text.length
  return text.length + A_KEY * Object.keys(data).length
}

function spend(size: number): void {
  if (spent === 0) afterThisTurn(nextTurn)
  spent += size
}

function nextTurn(): void {
  spent = 0
  while (waiting[0] && (spent === 0 || spent + waiting[0].size <= BUDGET)) {
    const { size, go } = waiting.shift()!
    spend(size)
    go()
  }
}

/** Characters that take some ten milliseconds to work through. */
const BUDGET = 1_000_000
/** What a top-level key costs beside its characters: objects of many keys are slow to make, to copy and to merge. */
const A_KEY = 100
/** What is smaller is not counted. */
const LARGE = 50_000
