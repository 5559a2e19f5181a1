import { randomBytes } from "node:crypto"
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs"

/** A file beside a database that holds room on the disk. */
export interface ReserveFile {
  /** Whether it is as large as it has to be. */
  isWhole(): boolean
  isThere(): boolean
  /** Has it grow to its size, or as far as the disk has room. */
  fill(): void
  /** Sets its room free. */
  remove(): void
}

export function reserveFile(path: string): ReserveFile {
  const place = `${path}-reserve`
  const size = (): number => statSync(place, { throwIfNoEntry: false })?.size ?? 0
  const remove = (): void => rmSync(place, { force: true })

  function opened(): number {
    try {
      return openSync(place, "a", 0o600)
    } catch {
      remove() // It is another user's, such as root's.
      return openSync(place, "a", 0o600)
    }
  }

  return {
    isWhole: () => size() >= SIZE,
    isThere: () => size() > 0,
    fill() {
      let left = SIZE - size()
      if (left <= 0) return
      try {
        const file = opened()
        try {
          // Random bytes, since some file systems save the room of others.
          while (left > 0) left -= writeSync(file, randomBytes(Math.min(left, STEP)))
        } finally {
          closeSync(file)
        }
      } catch {
        // What there is will do.
      }
    },
    remove,
  }
}

/** What SQLite's log grows to before it is emptied: 1000 pages. */
const SIZE = 4 * 2 ** 20
const STEP = 64 * 1024
