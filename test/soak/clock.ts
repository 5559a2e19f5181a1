/** Sets the clock of this process forward, or back, by so many seconds. Only what asks `Date.now()` sees it. */
export function turnClock(seconds: number): void {
  offset += seconds * 1000
}

/** By how many seconds the clock of this process was set forward. */
export function clockOffset(): number {
  return offset / 1000
}

const now = Date.now
let offset = 0
Date.now = () => now() + offset
