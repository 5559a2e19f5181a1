import type { Stats } from "node:fs"
import { opendir } from "node:fs/promises"
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
    const stats = await statsOf(join(sessions, name)).catch(() => "hidden" as const)
    if (stats === "hidden") counts.foreign++
    else if (stats) count(stats)
  }
  return { ...counts, isAll: true }

  function count({ uid, mode, mtimeMs, ctimeMs }: Stats): void {
    if (uid !== owner) counts.foreign++
    if (mode & 0o044) counts.readable++
    if (mtimeMs <= Date.now()) counts.dead++
    // The store moves it to a deadline; a writer that does not leaves it at the moment of the last write.
    if (Math.abs(mtimeMs - ctimeMs) < 1000) counts.undated++
  }
}

const ENOUGH = 1000
