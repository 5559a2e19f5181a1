import { hash } from "node:crypto"
import { unlink } from "node:fs/promises"
import { join } from "node:path"
import { makeDirectory, makeEmpty, namesIn, syncDirectory, tidy, unless } from "./file-directory.ts"

/** Which sessions may be whose: a directory for each user, named by a hash, with an empty file for each session. */
export interface FileUsers {
  /** Lists the session under the user. To be called before its record is written and again after that. */
  add(userId: string, id: string): Promise<void>
  /** The ids listed under the user: all sessions that are theirs, and some that are not or no more. */
  ids(userId: string): Promise<string[]>
  remove(userId: string, id: string): Promise<void>
  /** Removes what leads nowhere. */
  sweep(exists: (id: string) => Promise<boolean>): Promise<void>
}

/**
 * The index only points. It may point at too much, never at too little: an entry is there before the record
 * is, so a crash between the two leaves a pointer too many. Who finds one that leads nowhere removes it; if that was the
 * entry of a record about to be written, its writer puts it back afterwards.
 */
export function fileUsers(root: string, isId: (name: string) => boolean, sync: boolean): FileUsers {
  const placeOf = (userId: string): string => join(root, hash("sha256", userId))

  return {
    async add(userId, id) {
      const place = placeOf(userId)
      for (;;) {
        if ((await makeDirectory(place)) && sync) await syncDirectory(root)
        const isNew = await unless(["ENOENT"], makeEmpty(join(place, id)))
        if (isNew === undefined) continue // the directory was empty, and swept that very moment
        if (isNew && sync) await unless(["ENOENT"], syncDirectory(place))
        return
      }
    },
    ids: async (userId) => ((await namesIn(placeOf(userId))) ?? []).filter(isId),
    async remove(userId, id) {
      await unless(["ENOENT"], unlink(join(placeOf(userId), id)))
    },
    async sweep(exists) {
      for (const user of (await namesIn(root)) ?? []) {
        const place = join(root, user)
        const stale: string[] = []
        for (const id of (await namesIn(place)) ?? []) if (isId(id) && !(await exists(id))) stale.push(id)
        await tidy(place, stale)
      }
    },
  }
}
