import { lstatSync, mkdirSync, statSync } from "node:fs"
import { lstat, opendir } from "node:fs/promises"
import { join } from "node:path"
import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkBoolean } from "../../core/option-values.ts"
import type { Found, SessionRecord } from "../../core/record.ts"
import { kindOf, shown } from "../../core/shown.ts"
import type { Store, UserIndex } from "../../core/store.ts"
import { unless } from "./directory.ts"
import { contents, type Entry, enter, retire, swap, sweep } from "./record.ts"
import { create, sweepUnborn } from "./staging.ts"
import { fileUsers } from "./users.ts"

/** How sessions lie in the directory. */
export interface FileStoreOptions {
  /**
   * Wait until the disk has what is written. With it, an answered `create`, `replace`, `touch` or `delete` outlasts a
   * power cut. Without it, it outlasts the death of the process and no more: after a power cut, a session written in the
   * last half minute or so may be as it was before, or gone; never half written. @default true
   */
  readonly sync?: boolean
}

const OPTIONS: OptionNames<FileStoreOptions> = { sync: true }

/**
 * Keeps sessions in a directory of a local POSIX file system: nothing to install, nothing to run, one small
 * directory a session. Several processes may share it; no locks are held, so nothing is left locked by one that was
 * killed. The directory is made for this user alone (0700, files 0600) and must not be writable by others.
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
  checkPrivate(directory)
  const places = { sessions: join(directory, SESSIONS), unborn: join(directory, "new") }
  const users = join(directory, "users")
  for (const path of [places.sessions, places.unborn, users]) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    if (!lstatSync(path).isDirectory()) throw refused(`must hold no link in place of ${path}`, directory)
  }
  const index = fileUsers(users, isId, sync)
  const placeOf = (id: string): string => join(places.sessions, id)

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

  /** Has the user's index know of the session, which it must before the record is written. `true` when it did not. */
  async function list({ id, userId }: SessionRecord): Promise<boolean> {
    return userId === null || index.add(userId, id)
  }

  return {
    read,
    async create(record) {
      if (!isId(record.id)) return undefined
      const isNew = await list(record)
      const version = await create(places, record, sync)
      // An entry from an earlier session of this id may have been taken for one that leads nowhere.
      if (version !== undefined && !isNew) await list(record)
      return version
    },

    async replace(record, version) {
      if (!isId(record.id)) return undefined
      await list(record)
      await using entry = await find(record.id)
      if (entry?.version !== version) return undefined
      if (record.expiresAt > Date.now()) return swap(placeOf(record.id), entry, record, sync)
      return (await retire(placeOf(record.id), entry, sync)) ? `${version} ended` : undefined
    },

    async touch(id, expiresAt, version) {
      await using entry = await find(id)
      if (entry?.version !== version) return false
      if (expiresAt <= Date.now()) return retire(placeOf(id), entry, sync)
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
      for await (const { name } of await opendir(places.sessions)) {
        if (signal?.aborted) return removed
        if (isId(name) && (await sweep(placeOf(name), sync))) removed++
        tell()
      }
      onProgress?.(removed)
      await sweepUnborn(places)
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

/** Throws unless the directory is there, or can be made, and nobody else can write to it. */
function checkPrivate(directory: string): void {
  if (typeof directory !== "string" || directory === "" || /^[a-z+]{2,}:/i.test(directory))
    throw new TypeError(
      `The directory of fileStore(directory) must be a path; it is ${directory === "" ? '""' : kindOf(directory)}`,
    )
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const stats = statSync(directory)
  if (stats.mode & 0o022) throw refused("must not be writable by others; chmod 700 it", directory)
}

function refused(rule: string, directory: string): TypeError {
  return new TypeError(`The directory of fileStore(directory) ${rule}; it is ${shown(directory, 200)}`)
}

/** Where sessions are in the directory, each under its id. */
export const SESSIONS = "sessions"

/** The only names that lead to a file. */
function isId(name: string): boolean {
  return ID.test(name)
}

/** Sessions have 32 digits, users' marks 64. */
const ID = /^[0-9a-f]{32}(?:[0-9a-f]{32})?$/
