import { randomBytes } from "node:crypto"
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs"

/** Room on a disk, kept for what must be possible when the disk is full. */
export interface Reserve {
  /**
   * Does the work; where the disk has no room for it, once more in the room that was kept. `giveBack` gives back to
   * the disk what it can of the room that such work took.
   */
  lend<Result>(work: () => Result, giveBack?: () => void): Result
  /** Keeps room again, where the disk had too little when it was last tried. Takes no time otherwise. */
  renew(): void
}

/**
 * Room for ending sessions: SQLite writes to its log first, which lies on the same disk. The room is held by a file
 * beside the database, which is removed while the room is needed and then made again. So what a deletion takes is its
 * own, and logins, which have no reserve, go on being refused.
 */
export function reserveOf(path: string): Reserve {
  const place = placeOf(path)
  let isShort = true
  let triedAt = Number.NEGATIVE_INFINITY

  function renew(): void {
    if (!isShort || performance.now() < triedAt + PAUSE) return
    isShort = !fill(place)
    triedAt = performance.now()
  }

  return {
    lend(work, giveBack = () => {}) {
      function inReserve(): ReturnType<typeof work> {
        remove(place)
        try {
          return unlessFull(work, () => {
            giveBack()
            return work()
          })
        } finally {
          giveBack()
          isShort = !fill(place)
        }
      }
      return unlessFull(work, inReserve)
    },
    renew,
  }
}

/** What the work gives; where the disk has no room for it, what `otherwise` gives. */
function unlessFull<Result>(work: () => Result, otherwise: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!FULL.includes(Number((Object(error) as { errcode?: unknown }).errcode))) throw error
  }
  return otherwise()
}

/** Whether the database's application keeps a reserve. */
export function hasReserve(path: string): boolean {
  return sizeOf(placeOf(path)) > 0
}

function placeOf(path: string): string {
  return `${path}-reserve`
}

function sizeOf(place: string): number {
  return statSync(place, { throwIfNoEntry: false })?.size ?? 0
}

function remove(place: string): void {
  rmSync(place, { force: true })
}

/**
 * Has the file grow to its size, with random bytes, since file systems save the room of others. `false` when the disk
 * has too little.
 */
function fill(place: string): boolean {
  let left = SIZE - sizeOf(place)
  if (left <= 0) return true
  try {
    const file = opened(place)
    try {
      while (left > 0) left -= writeSync(file, randomBytes(Math.min(left, STEP)))
    } finally {
      closeSync(file)
    }
    return true
  } catch {
    return false
  }
}

function opened(place: string): number {
  try {
    return openSync(place, "a", 0o600)
  } catch {
    remove(place) // It is another user's, such as root's.
    return openSync(place, "a", 0o600)
  }
}

/** SQLITE_FULL; of a quota SQLITE_IOERR_WRITE; of the log's index SQLITE_IOERR_SHMSIZE. */
const FULL = [13, 778, 4874]

/** What the log grows to before SQLite empties it: 1000 pages. */
const SIZE = 4 * 2 ** 20
const STEP = 64 * 1024
/** How long to wait until a reserve that is short is tried again, in milliseconds. */
const PAUSE = 100
