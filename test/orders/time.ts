/** The time in which orders are played, in epoch milliseconds: it passes only where somebody says so. */
export const time: { now: number } = { now: Date.UTC(2030, 0, 1) }

/**
 * Runs `work` in that time, alone: Node's clocks show it, whoever waits a moment goes on at once, and time limits never come.
 * So a run depends on the order of the calls and on nothing else.
 */
export async function outsideTime<Result>(work: () => Promise<Result>): Promise<Result> {
  const own = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, now: Date.now }
  const wait = (go: () => void, delay: number): void => {
    if (delay <= A_MOMENT) queueMicrotask(go)
  }
  Date.now = () => time.now
  performance.now = () => time.now
  globalThis.setTimeout = wait as typeof setTimeout
  globalThis.clearTimeout = () => {}
  try {
    return await work()
  } finally {
    Date.now = own.now
    Reflect.deleteProperty(performance, "now")
    globalThis.setTimeout = own.setTimeout
    globalThis.clearTimeout = own.clearTimeout
  }
}

/** Resolves when nothing goes on any more but what waits for its turn: Node comes to these once all promises have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

/** Lets what else the process has to do have its turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** The longest wait between two attempts at a write, in milliseconds. */
const A_MOMENT = 64
