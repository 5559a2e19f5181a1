import type { Stats } from "node:fs"
import { lstat, opendir } from "node:fs/promises"
import { join } from "node:path"
import { isId, type Layout } from "./layout.ts"
import { statsOf } from "./record.ts"

/** What some of the sessions are like. Their names are random, and so are those that a directory gives first. */
export interface Sample {
  /** How many were looked at. */
  readonly size: number
  /** Whether these are all. */
  readonly isAll: boolean
  readonly dead: number
  /** Of another user than the directory is, or not to be looked at by this one. */
  readonly foreign: number
  /** Whose file other users may read. */
  readonly readable: number
  /** Whose modification time is that of the copying, and no deadline. */
  readonly undated: number
}

/** Looks at the first sessions of the directory. */
export async function sampleOf({ sessions }: Layout, owner: number): Promise<Sample> {
  const counts = { size: 0, dead: 0, foreign: 0, readable: 0, undated: 0 }
  for await (const { name } of await opendir(sessions)) {
    if (!isId(name)) continue
    if (counts.size === ENOUGH) return { ...counts, isAll: false }
    counts.size++
    count(await statsIn(join(sessions, name)))
  }
  return { ...counts, isAll: true }

  /** Of the session's directory, and of its file in force. */
  function count(found: readonly Stats[] | undefined): void {
    if (!found || found.some(({ uid }) => uid !== owner)) counts.foreign++
    const [, file] = found ?? []
    if (!file) return
    if (file.mode & 0o044) counts.readable++
    if (file.mtimeMs <= Date.now()) counts.dead++
    // The store moves it to a deadline; a writer that does not leaves it at the moment of the last write.
    if (Math.abs(file.mtimeMs - file.ctimeMs) < 1000) counts.undated++
  }
}

/** `undefined` when this user may not look. */
async function statsIn(place: string): Promise<readonly Stats[] | undefined> {
  try {
    const file = await statsOf(place)
    return file ? [await lstat(place), file] : []
  } catch {
    return undefined
  }
}

const ENOUGH = 1000
