import { EXIT, failure } from "./failure.ts"

/** What ends a command before it is done: a store that does not answer in time, Ctrl-C and SIGTERM. */
export interface Patience extends Disposable {
  /** Aborted by Ctrl-C and SIGTERM: the work is to end at its next safe place, within a second. */
  readonly signal: AbortSignal
  /** 128 and the signal's number, once it came. */
  exitCode(): number | undefined
  /** From now on the command fails unless the store answers within this many seconds, again and again. */
  expect(label: string, seconds: number): void
  /** From now on the command bounds by itself what it asks. */
  trust(): void
  /** The store has answered. */
  answered(): void
  /** What the work gives. Fails when the store did not answer in time, or a second after a signal. */
  bound<Result>(work: Promise<Result>): Promise<Result>
}

/** Listens for signals until it is disposed of. A second signal of a kind ends the process at once. */
export function patience(): Patience {
  const stop = new AbortController()
  const { promise: over, reject } = Promise.withResolvers<never>()
  over.catch(() => {}) // told to whoever waits for the work
  let code: number | undefined
  let grace: Timer
  let late: Timer

  const deafen = SIGNALS.map(([name, number]) => {
    const hear = (): void => {
      code = 128 + number
      stop.abort()
      const stopped = failure(code, `Stopped by ${name} before the store had answered`)
      grace ??= setTimeout(reject, GRACE, stopped)
    }
    process.once(name, hear)
    return () => process.off(name, hear)
  })

  return {
    signal: stop.signal,
    exitCode: () => code,
    expect(label, seconds) {
      clearTimeout(late)
      late = setTimeout(() => reject(failure(EXIT.store, silence(label, seconds))), seconds * 1000)
    },
    trust: () => clearTimeout(late),
    answered: () => void late?.refresh(),
    bound: (work) => Promise.race([work, over]),
    [Symbol.dispose]() {
      for (const forget of deafen) forget()
      clearTimeout(grace)
      clearTimeout(late)
    },
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined

/** What the work gives, or `undefined` where it takes longer than this many milliseconds. */
export async function soon<Result>(work: Promise<Result>, milliseconds: number): Promise<Result | undefined> {
  let timer: Timer
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** What to say of a store that does not answer. */
export function silence(label: string, seconds: number): string {
  return `The store ${label} gave no answer within ${seconds} s: is a table locked, or the server stopped or too busy? --timeout gives it longer`
}

const SIGNALS = [
  ["SIGINT", 2],
  ["SIGTERM", 15],
] as const

/** How long the work may take to end once it was told to, in milliseconds. */
const GRACE = 1000
