import { hash } from "node:crypto"
import { lstat, unlink } from "node:fs/promises"
import { join } from "node:path"
import { type Making, makeDirectory, makeEmpty, namesIn, syncDirectory, tidy, unless } from "./directory.ts"
import { isId } from "./layout.ts"

/** Which sessions may be whose: a directory for each user, named by a hash, with an empty file for each session. */
export interface FileUsers {
  /**
   * Lists the session under the user. To be called before its record is in force. `true` when it was not listed yet.
   */
  add(userId: string, id: string): Promise<boolean>
  /** The ids listed under the user: all sessions that are theirs, and some that are not or no more. */
  ids(userId: string): Promise<string[]>
  /** Removes an entry whose session is not there, unless it is so young that the session may be about to be written. */
  removeOld(userId: string, id: string): Promise<void>
  /** Removes what leads nowhere. */
  sweep(exists: (id: string) => Promise<boolean>): Promise<void>
}

/**
 * The index only points. It may point at too much, never at too little: an entry is there before the record is, so a
 * crash between the two leaves an entry too many. One that leads nowhere is removed once it is older than any write
 * takes.
 */
export function fileUsers(root: string, making: Making): FileUsers {
  const placeOf = (userId: string): string => join(root, hash("sha256", userId))

  async function isOld(path: string): Promise<boolean> {
    const stats = await unless(["ENOENT"], lstat(path))
    return stats !== undefined && stats.mtimeMs < Date.now() - HOUR
  }

  return {
    async add(userId, id) {
      const place = placeOf(userId)
      for (;;) {
        if ((await makeDirectory(place, making)) && making.sync) await syncDirectory(root)
        const isNew = await unless(["ENOENT"], makeEmpty(join(place, id), making)).catch(async (error) => {
          await tidy(place, [])
          throw error
        })
        if (isNew === undefined) continue // the directory was empty, and swept that very moment
        if (isNew && making.sync) await unless(["ENOENT"], syncDirectory(place))
        return isNew
      }
    },
    ids: async (userId) => ((await namesIn(placeOf(userId))) ?? []).filter(isId),
    async removeOld(userId, id) {
      // Where it can't be removed, on a disk that is read-only say, it stays.
      if (await isOld(join(placeOf(userId), id))) await unlink(join(placeOf(userId), id)).catch(() => {})
    },
    async sweep(exists) {
      for (const user of (await namesIn(root)) ?? []) {
        const place = join(root, user)
        const stale: string[] = []
        for (const id of (await namesIn(place)) ?? [])
          if (isId(id) && (await isOld(join(place, id))) && !(await exists(id))) stale.push(id)
        await tidy(place, stale)
      }
    },
  }
}

const HOUR = 3_600_000
