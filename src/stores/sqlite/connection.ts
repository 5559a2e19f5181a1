import { resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { pathToFileURL } from "node:url"
import { isLogged, logSize } from "./header.ts"

/** Opens a file to be read and written, and runs the statements in it. A file that is not there is made. */
export function openToWrite(path: string, statements = ""): DatabaseSync {
  return opened(
    () => new DatabaseSync(path),
    statements,
    (cause) => unusable(path, cause),
  )
}

/**
 * Opens a file that is there to be read. It stays as it is, and no file is made beside it where that can be avoided.
 */
export function openToRead(path: string): DatabaseSync {
  const open = path !== ":memory:" && isAtRest(path) ? openAtRest : openReadOnly
  return opened(
    () => open(path),
    "SELECT name FROM sqlite_master LIMIT 1",
    (cause) => unreadable(path, cause),
  )
}

/** Whether all of a database that writes to a log is in its file, as after its last connection was closed. */
function isAtRest(path: string): boolean {
  return isLogged(path) && logSize(path) === 0
}

/** As a file that nobody writes to: otherwise SQLite makes two files beside it to read it, and leaves them there. */
function openAtRest(path: string): DatabaseSync {
  try {
    return new DatabaseSync(`${pathToFileURL(path).href}?immutable=1`, { readOnly: true })
  } catch {
    return new DatabaseSync(path) // Node 22.13 takes no URL. Who may write removes the two files in the end.
  }
}

function openReadOnly(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true })
}

function opened(open: () => DatabaseSync, statements: string, told: (cause: unknown) => Error): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = open()
    database.exec(`PRAGMA busy_timeout = 5000; ${statements}`)
    return database
  } catch (error) {
    database?.close()
    throw error instanceof TypeError ? error : told(error)
  }
}

/** The error that says what a file must be to be written. */
function unusable(path: string, cause: unknown): Error {
  const rule = "It must be a database or not be there yet; it and its directory must be writable"
  return fileError(`The SQLite file ${resolve(path)} can't be used`, rule, cause)
}

function unreadable(path: string, cause: unknown): Error {
  const isDamaged = ((cause as { readonly errcode?: number }).errcode ?? 0) === CORRUPT
  return fileError(`The SQLite file ${resolve(path)} can't be read`, isDamaged ? DAMAGED : UNCLOSED, cause)
}

function fileError(what: string, rule: string, cause: unknown): Error {
  const { message, code, errcode } = cause as Error & { readonly code?: string; readonly errcode?: number }
  return Object.assign(new Error(`${what}: ${message}. ${rule}`, { cause }), { code, errcode })
}

/** SQLITE_CORRUPT. */
const CORRUPT = 11
const DAMAGED = "Put a backup in its place, or what .recover in sqlite3 saves of it"
const UNCLOSED =
  "Reading what was not closed takes files beside it: if they can't be made, copy the file together with its -wal or -journal elsewhere"
