/** Characters of data that take about a millisecond to work through. */
const LARGE = 100_000

const waiting: (() => void)[] = []
let isBusy = false

/**
 * Waits, before work on large data, until other things had their turn since the last such work; `undefined` when there is nothing to
 * wait for. A store in this process answers without letting anything else go on, so that twenty requests would be one long pause.
 */
export function pace(size: number): Promise<void> | undefined {
  if (size < LARGE) return undefined
  if (isBusy) return new Promise((resolve) => waiting.push(resolve))
  isBusy = true
  setTimeout(next)
  return undefined
}

function next(): void {
  const resolve = waiting.shift()
  isBusy = resolve !== undefined
  if (!resolve) return
  setTimeout(next)
  resolve()
}
