/** A stop asked for by Ctrl-C or SIGTERM: the work ends at its next safe place. A second one ends at once. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
  /** 128 and the signal's number, once it came. */
  exitCode(): number | undefined
}

/** Listens until it is disposed of. */
export function interruption(): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  const handlers = (
    [
      ["SIGINT", 2],
      ["SIGTERM", 15],
    ] as const
  ).map(([name, number]) => {
    const handle = (): void => {
      code = 128 + number
      controller.abort()
    }
    process.once(name, handle)
    return () => process.off(name, handle)
  })
  return {
    signal: controller.signal,
    exitCode: () => code,
    [Symbol.dispose]() {
      for (const forget of handlers) forget()
    },
  }
}
