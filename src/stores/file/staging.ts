import { randomBytes } from "node:crypto"
import { lstat, rename } from "node:fs/promises"
import { join } from "node:path"
import type { SessionRecord } from "../../core/record.ts"
import { type Making, makeDirectory, namesIn, syncDirectory, tidy, unless } from "./directory.ts"
import type { Layout } from "./layout.ts"
import { begin, enter, sweep } from "./record.ts"

/**
 * Makes a session ready in the staging directory and renames it to its place, so that it is whole from its first moment
 * on. `list` is called in between: what has no room fails before it. The session's version, or `undefined` when a live
 * one is there.
 */
export async function create(
  { sessions, staging }: Layout,
  record: SessionRecord,
  making: Making,
  list: () => Promise<unknown>,
): Promise<string | undefined> {
  const from = join(staging, randomBytes(16).toString("hex"))
  await makeDirectory(from, making)
  let names: string[] = []
  let isDone = false
  try {
    names = await begin(from, record, making)
    await list()
    isDone = await takePlace(from, join(sessions, record.id), making)
  } finally {
    if (!isDone) await tidy(from, (await namesIn(from)) ?? [])
  }
  if (isDone && making.sync) await syncDirectory(sessions)
  return isDone ? names[0] : undefined
}

/** Renames the directory to its place, if nothing, or nothing alive, is there. */
async function takePlace(from: string, place: string, making: Making): Promise<boolean> {
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
    await sweep(place, making.sync)
  }
  return false
}

/** Removes what processes have left that died while they made a session ready. */
export async function sweepStaging(layout: Layout): Promise<void> {
  for (const path of await unfinishedSince(layout, Date.now() - HOUR)) {
    // Renamed first: if its process lives after all, what is half removed can't be put in place.
    const aside = join(layout.staging, randomBytes(16).toString("hex"))
    await unless(["ENOENT"], rename(path, aside))
    await tidy(aside, (await namesIn(aside)) ?? [])
  }
}

/** What lies in the staging directory since before this instant. */
export async function unfinishedSince({ staging }: Layout, instant: number): Promise<string[]> {
  const paths = ((await namesIn(staging)) ?? []).map((name) => join(staging, name))
  const stats = await Promise.all(paths.map((path) => unless(["ENOENT"], lstat(path))))
  return paths.filter((_, at) => (stats[at]?.ctimeMs ?? instant) < instant)
}

const HOUR = 3_600_000
