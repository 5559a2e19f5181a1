import type { DatabaseSync } from "node:sqlite"
import { reserveFile } from "./reserve-file.ts"

/** Room on the disk that is kept for ending sessions. */
export interface Reserve {
  /** Has the reserve take the room that it lacks, if the disk has any. For any write to call; it looks now and then. */
  renew(): void
  /** Runs a deletion; where the disk has no room for it, once more in the reserve's. */
  lend<Result>(deletion: () => Result): Result
}

/**
 * To delete a row, SQLite writes to its log, which may have to grow, and then from the log to the database. A file
 * beside the database holds the room for that. It is removed while the room is needed and made again after that, by any
 * process that has the database open. Both is done under the database's lock, so that none takes what another one set
 * free.
 */
export function keepReserve(database: DatabaseSync, path: string): Reserve {
  const file = reserveFile(path)
  let lookedAt = Number.NEGATIVE_INFINITY

  /** Does what it can: where another writer holds the lock, that is nothing. */
  function fill(): void {
    try {
      locked(database, file.fill)
    } catch {
      // The next look does it.
    }
  }

  /** Deletes in the room of the reserve, and gives back what the log has taken of it. */
  function inReserve<Result>(deletion: () => Result): Result {
    const remove = (): Result =>
      locked(database, () => {
        file.remove()
        return deletion()
      })
    try {
      return unlessFull(remove, () => {
        emptyLog(database)
        return remove()
      })
    } finally {
      emptyLog(database)
      fill()
    }
  }

  return {
    renew() {
      const now = performance.now()
      if (now < lookedAt + PAUSE) return
      lookedAt = now
      if (!file.isWhole()) fill()
    },
    lend: (deletion) => unlessFull(deletion, () => inReserve(deletion)),
  }
}

/** The reserve of a database, if its application keeps one. */
export function reserveIn(database: DatabaseSync, path: string): Reserve | undefined {
  return reserveFile(path).isThere() ? keepReserve(database, path) : undefined
}

/** Opens a database, on a full disk too: there it needs some room for the index of its log. */
export function openInReserve(path: string, open: () => DatabaseSync): DatabaseSync {
  return unlessFull(open, () => {
    reserveFile(path).remove()
    return open()
  })
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

/** Does the work as a transaction that no other writer is beside. */
function locked<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE")
  try {
    const result = work()
    database.exec("COMMIT")
    return result
  } catch (error) {
    leave(database)
    throw error
  }
}

/** Undoes the transaction, which SQLite itself may have done on a full disk. */
function leave(database: DatabaseSync): void {
  try {
    database.exec("ROLLBACK")
  } catch {
    // There is none any more.
  }
}

/** Moves what is in the log to the database and cuts the log to nothing, if the disk and other connections let it. */
function emptyLog(database: DatabaseSync): void {
  try {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)")
  } catch {
    // The log stays as it is.
  }
}

/** SQLITE_FULL; of a quota SQLITE_IOERR_WRITE; of the log's index SQLITE_IOERR_SHMSIZE. */
const FULL = [13, 778, 4874]
/** How long a look at the file counts, in milliseconds. */
const PAUSE = 100
