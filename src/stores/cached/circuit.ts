/** Asks a backend that may be dead or slow: its answer, or `undefined` when it has none in time. Never rejects. */
export type Ask = <T>(call: () => Promise<T>) => Promise<{ readonly answer: T } | undefined>

/**
 * Bounds every call to `timeout` milliseconds. After three failures in a row the backend is left alone for
 * `pause` milliseconds, then tried with one call, whose success lets the others through again.
 */
export function circuit(timeout: number, pause: number): Ask {
  let failures = 0
  let shutUntil = 0

  return async (call) => {
    if (failures >= 3) {
      if (performance.now() < shutUntil) return undefined
      shutUntil = performance.now() + pause
    }
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, timeout, undefined)
    })
    try {
      const answer = await Promise.race([call().then((answer) => ({ answer })), late])
      failures = answer ? 0 : failures + 1
      return answer
    } catch {
      failures++
      return undefined
    } finally {
      if (failures > 0) shutUntil = performance.now() + pause
      clearTimeout(timer)
    }
  }
}
