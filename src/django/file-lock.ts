import { closeSync, linkSync, openSync, renameSync, statSync, unlinkSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"

/**
 * Does the work while no other process of ours does any under this lock file. The work is synchronous and
 * short, so a lock that is a second old belongs to a process that died, and is broken.
 */
export async function locked<Result>(path: string, work: () => Result): Promise<Result> {
  while (!take(path)) {
    await sleep(1 + Math.random() * 4)
    breakStale(path)
  }
  try {
    return work()
  } finally {
    unlinkSync(path)
  }
}

function take(path: string): boolean {
  try {
    closeSync(openSync(path, "wx", 0o600))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw error
  }
}

function breakStale(path: string): void {
  const grave = `${path}_${process.pid}`
  try {
    const { ino, mtimeMs } = statSync(path)
    if (Date.now() - mtimeMs < STALE) return
    renameSync(path, grave)
    // Somebody was faster: this is the lock of the next one, who gets it back.
    if (statSync(grave).ino !== ino) linkSync(grave, path)
    unlinkSync(grave)
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
  }
}

const STALE = 1000
