import { lstat, opendir } from "node:fs/promises"
import { join } from "node:path"
import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkBoolean } from "../../core/option-values.ts"
import type { Found, SessionRecord } from "../../core/record.ts"
import type { Store, UserIndex } from "../../core/store.ts"
import { type Making, unless } from "./directory.ts"
import { isId, type Layout } from "./layout.ts"
import { checkPath, makePlaces, ownerFor } from "./places.ts"
import { contents, type Entry, enter, retire, swap, sweep } from "./record.ts"
import { create, sweepStaging } from "./staging.ts"
import { fileUsers } from "./users.ts"

/** How sessions lie in the directory. */
export interface FileStoreOptions {
  /**
   * Wait until the disk has what is written. With it, an answered `create`, `replace`, `touch` or `delete` outlasts a
   * power cut. Without it, it outlasts the death of the process and no more: after a power cut, a session written in
   * the last half minute or so may be as it was before, or gone; never half written. @default true
   */
  readonly sync?: boolean
}

const OPTIONS: OptionNames<FileStoreOptions> = { sync: true }

/**
 * Keeps sessions in a directory of a local POSIX file system: nothing to install, nothing to run, one small
 * directory a session. Several processes may share it; no locks are held, so nothing is left locked by one that was
 * killed. The directory is made for this user alone (0700, files 0600) and must not be writable by others. What root
 * makes in another user's directory is that user's.
 *
 * Deadlines are modification times: copy the directory with `cp -a` or `rsync -a`. Nothing is removed unless
 * `clearExpired` runs now and then. It walks through all sessions; every other call looks at its own only,
 * and `listByUser` at the user's.
 *
 * @example
 * createSessions({ store: fileStore("/var/lib/myapp/sessions") })
 */
export function fileStore(directory: string, options: FileStoreOptions = {}): Store & UserIndex {
  checkNames("fileStore(directory, options)", options, OPTIONS)
  const { sync = true } = options
  checkBoolean("sync", sync)
  checkPath(directory)
  return storeIn(makePlaces(directory), sync)
}

/** The store in a directory whose parts are there. */
export function storeIn(layout: Layout, sync: boolean): Store & UserIndex {
  const making: Making = { sync, owner: ownerFor(layout.directory) }
  const index = fileUsers(layout.users, making)
  const placeOf = (id: string): string => join(layout.sessions, id)

  async function find(id: string): Promise<Entry | undefined> {
    const entry = isId(id) ? await enter(placeOf(id)) : undefined
    if (!entry || entry.expiresAt > Date.now()) return entry
    await entry.file?.close()
    return undefined
  }

  async function read(id: string): Promise<Found | undefined> {
    await using entry = await find(id)
    const text = entry && (await contents(entry))
    return text && { record: { id, ...text, expiresAt: entry.expiresAt }, version: entry.version }
  }

  async function remove(id: string): Promise<boolean> {
    for (;;) {
      await using entry = await find(id)
      if (!entry) return false
      if (await retire(placeOf(id), entry, sync)) return true // else it was just replaced, and is there still
    }
  }

  /** Has the user's index know of the session, which it must before the record is in force. `true` when it did not. */
  async function list({ id, userId }: SessionRecord): Promise<boolean> {
    return userId === null || index.add(userId, id)
  }

  return {
    read,
    async create(record) {
      if (!isId(record.id)) return undefined
      let isNew = true
      const version = await create(layout, record, making, async () => {
        isNew = await list(record)
      })
      // An entry from an earlier session of this id may have been taken for one that leads nowhere.
      if (version !== undefined && !isNew) await list(record)
      return version
    },

    async replace(record, version) {
      await using entry = await find(record.id)
      if (entry?.version !== version) return undefined
      // Waited for here, since a failure while the entry is closed would have no handler, and end the process.
      if (record.expiresAt > Date.now())
        return await swap(placeOf(record.id), entry, record, making, () => list(record))
      return (await retire(placeOf(record.id), entry, sync)) ? `${version} ended` : undefined
    },

    async touch(id, expiresAt, version) {
      await using entry = await find(id)
      if (entry?.version !== version) return false
      if (expiresAt <= Date.now()) return await retire(placeOf(id), entry, sync)
      // The file of this very version: one that takes its place is another.
      await entry.file?.utimes(expiresAt / 1000, expiresAt / 1000)
      if (sync) await entry.file?.sync()
      return true
    },

    delete: remove,

    async clearExpired({ batchSize = 1000, onProgress, signal } = {}) {
      let removed = 0
      let looked = 0
      const tell = (): void => {
        if (++looked % batchSize === 0) onProgress?.(removed)
      }
      for await (const { name } of await opendir(layout.sessions)) {
        if (signal?.aborted) return removed
        if (isId(name) && (await sweep(placeOf(name), sync))) removed++
        tell()
      }
      onProgress?.(removed)
      await sweepStaging(layout)
      await index.sweep(async (id) => {
        tell()
        return (await unless(["ENOENT"], lstat(placeOf(id)))) !== undefined
      })
      return removed
    },

    async listByUser(userId) {
      const records: SessionRecord[] = []
      for (const id of await index.ids(userId)) {
        const found = await read(id)
        if (found?.record.userId === userId) records.push(found.record)
        else if (!found) await index.removeOld(userId, id)
      }
      return records
    },
  }
}
