/** A stop asked for by Ctrl-C or SIGTERM: the work ends at its next safe place. A second one ends at once. */
export interface Interruption {
  readonly signal: AbortSignal
  /** 128 and the signal's number, once it came. */
  exitCode(): number | undefined
}

/** Listens for the rest of the process's life. */
export function interruption(): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  for (const [name, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
  ] as const)
    process.once(name, () => {
      code = 128 + number
      controller.abort()
    })
  return { signal: controller.signal, exitCode: () => code }
}
