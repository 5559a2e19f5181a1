import { randomBytes } from "node:crypto"
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs"

/** Room on a disk, kept for what must be possible when the disk is full. */
export interface Reserve {
  /**
   * Does the work; where the disk has no room for it, once more in the room that was kept. `giveBack` then gives back to the disk
   * what it can of the room that the work took.
   */
  lend<Result>(work: () => Result, giveBack?: () => void): Result
  /** Keeps room again, where it is missing. */
  renew(): void
}

/**
 * Room for ending sessions: SQLite writes to its log first, which lies on the same disk. The room is held by a file
 * beside the database, which is removed while the room is needed and then made again. So what a deletion takes is its own, and
 * logins, which have no reserve, go on being refused.
 */
export function reserveOf(path: string): Reserve {
  const place = placeOf(path)
  const renew = (): void => {
    if (sizeOf(place) < SIZE) fill(place)
  }
  return {
    lend(work, giveBack = () => {}) {
      try {
        return work()
      } catch (error) {
        if (!isFull(error)) throw error
      }
      rmSync(place, { force: true })
      try {
        return work()
      } finally {
        giveBack()
        fill(place)
      }
    },
    renew,
  }
}

/** Whether the database's application keeps a reserve. */
export function hasReserve(path: string): boolean {
  return sizeOf(placeOf(path)) > 0
}

function placeOf(path: string): string {
  return `${path}-reserve`
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Makes the file, as large as the disk has room for. Random bytes, since file systems save the room of others. */
function fill(place: string): void {
  let file: number | undefined
  try {
    rmSync(place, { force: true })
    file = openSync(place, "wx", 0o600)
    for (let left = SIZE; left > 0; ) left -= writeSync(file, randomBytes(Math.min(left, STEP)))
  } catch {
    // The disk is full, or another process makes the file: what is there will do.
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function isFull(error: unknown): boolean {
  return FULL.includes(Number((Object(error) as { errcode?: unknown }).errcode))
}

/** SQLITE_FULL; of a quota SQLITE_IOERR_WRITE; of the log's index SQLITE_IOERR_SHMSIZE. */
const FULL = [13, 778, 4874]

/** What the log grows to before SQLite empties it: 1000 pages. */
const SIZE = 4 * 2 ** 20
const STEP = 64 * 1024
