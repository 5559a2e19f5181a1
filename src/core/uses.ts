/**
 * Whether the store takes notes of uses: deadlines that move, the first use of a secret, renewals. While it does not, as a full
 * store or a read-only replica, one request a second tries, so that the others do not wait for what fails.
 */
export interface Uses {
  /** When the next note may be tried, on this process's clock in milliseconds; 0 while the store takes them. */
  tryAt: number
}

/** Whether to try now. */
export function mayNote(uses: Uses): boolean {
  if (uses.tryAt === 0) return true
  if (performance.now() < uses.tryAt) return false
  putOff(uses)
  return true
}

/** Keeps in mind that a note has failed. */
export function putOff(uses: Uses): void {
  uses.tryAt = performance.now() + PAUSE
}

/** Keeps in mind that the store has taken one. */
export function goOn(uses: Uses): void {
  uses.tryAt = 0
}

/** In milliseconds. */
const PAUSE = 1000
