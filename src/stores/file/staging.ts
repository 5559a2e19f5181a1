import { randomBytes } from "node:crypto"
import { lstat, rename } from "node:fs/promises"
import { join } from "node:path"
import type { SessionRecord } from "../../core/record.ts"
import { makeDirectory, namesIn, syncDirectory, tidy, unless } from "./directory.ts"
import { begin, enter, sweep } from "./record.ts"

/** Where sessions are, each under its id, and where they are made ready, under random names. */
export interface Places {
  readonly sessions: string
  readonly unborn: string
}

/**
 * Makes a session ready elsewhere and renames it to its place, so that it is whole from its first moment on.
 * Its version, or `undefined` and no trace when a live one is there.
 */
export async function create(
  { sessions, unborn }: Places,
  record: SessionRecord,
  sync: boolean,
): Promise<string | undefined> {
  const from = join(unborn, randomBytes(16).toString("hex"))
  await makeDirectory(from)
  let names: string[] = []
  let isDone = false
  try {
    names = await begin(from, record, sync)
    isDone = await settle(from, join(sessions, record.id), sync)
  } finally {
    if (!isDone) await tidy(from, (await namesIn(from)) ?? [])
  }
  if (isDone && sync) await syncDirectory(sessions)
  return isDone ? names[0] : undefined
}

/** Takes the place if nothing, or nothing alive, is there. */
async function settle(from: string, place: string, sync: boolean): Promise<boolean> {
  // Once what is dead is swept the place is free, unless others compete for it or something not ours is in it.
  for (let attempt = 0; attempt < 10; attempt++) {
    // An empty directory in its place is replaced, a filled one is not.
    const isDone = await unless(
      ["ENOTEMPTY", "EEXIST", "ENOTDIR"],
      rename(from, place).then(() => true),
    )
    if (isDone) return true
    await using there = await enter(place)
    if (there && there.expiresAt > Date.now()) return false
    await sweep(place, sync)
  }
  return false
}

/** Removes what creators who died have left. */
export async function sweepUnborn({ unborn }: Places): Promise<void> {
  for (const name of (await namesIn(unborn)) ?? []) {
    const path = join(unborn, name)
    const stats = await unless(["ENOENT"], lstat(path))
    if (!stats || stats.ctimeMs > Date.now() - HOUR) continue
    // Renamed first: should its creator live after all, what is half removed can't be put in place.
    const doomed = join(unborn, randomBytes(16).toString("hex"))
    await unless(["ENOENT"], rename(path, doomed))
    await tidy(doomed, (await namesIn(doomed)) ?? [])
  }
}

const HOUR = 3_600_000
