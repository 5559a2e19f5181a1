import { closeSync, openSync, readSync, statSync } from "node:fs"

/** Whether a database writes to a log (WAL), as its first bytes say. Throws where there is none, or none to be read. */
export function isLogged(path: string): boolean {
  const header = Buffer.alloc(20)
  const file = opened(path)
  try {
    if (readSync(file, header) > 0 && header.toString("latin1", 0, MAGIC.length) !== MAGIC)
      throw new Error(`${path} is not a SQLite database`)
  } finally {
    closeSync(file)
  }
  return header[19] === LOGGED
}

function opened(path: string): number {
  if (statSync(path).isDirectory()) throw new Error(`${path} is a directory`)
  try {
    return openSync(path, "r")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error
    throw new Error(`This user may not read ${path}. Ask as the user whose file it is`)
  }
}

/** The bytes in the log; 0 when there is none. */
export function logSize(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
}

/** See "The Database Header" in https://www.sqlite.org/fileformat2.html. */
const MAGIC = "SQLite format 3\0"
const LOGGED = 2
