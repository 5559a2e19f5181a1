import { randomBytes } from "node:crypto"
import { constants, readFileSync, renameSync, statSync, unlinkSync, utimesSync } from "node:fs"
import { link, open, opendir, stat, unlink } from "node:fs/promises"
import { join } from "node:path"
import { deadline, type Expiry, type Limits } from "../core/expiry.ts"
import { MOST_LIFE } from "../core/option-values.ts"
import type { Found, SessionRecord } from "../core/record.ts"
import { shown } from "../core/shown.ts"
import type { Store } from "../core/store.ts"
import { locked } from "./file-lock.ts"

/** Where Django's files are, and what they say. */
export interface DjangoFiles {
  /** The directory, which must be there. */
  readonly directory: string
  /** What the names begin with: the cookie's name. */
  readonly prefix: string
  /** A session's own expiry, which Django reads from the data; `undefined` when only Django can read it. */
  readonly expiryOf: (payload: string) => Expiry | undefined
  readonly limits: Limits
}

/**
 * Django's session files. A file's text is its version. Writers of ours take turns at it, and each looks at
 * the text once more right before it renames its own file into place; Django takes no turns, so what it
 * renames into place between that look and our renaming, some 20 microseconds, is lost.
 *
 * A file's age counts from its time of modification, also for an expiry in seconds, which Django itself
 * takes for "never" here.
 */
export function djangoFiles({ directory, prefix, expiryOf, limits }: DjangoFiles): Store {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw new TypeError(
      `The option "filePath" must be a directory that is there; it is ${shown(directory, 200)}`,
    )
  const pathOf = (id: string): string => join(directory, prefix + id)

  function expiresAt(payload: string, mtimeMs: number): number {
    const expiry = expiryOf(payload)
    // What can't be read may have any expiry, but no browser keeps its cookie for longer than this.
    return expiry === undefined
      ? Math.floor(mtimeMs) + MOST_LIFE * 1000
      : deadline(expiry, 0, Math.floor(mtimeMs), limits)
  }

  async function read(id: string): Promise<Found | undefined> {
    const found = KEY.test(id) ? await look(id) : undefined
    return found && found.record.expiresAt > Date.now() ? found : undefined
  }

  /** The session in the file, dead or alive. An empty one is Django's, which is about to write it. */
  async function look(id: string): Promise<Found | undefined> {
    const file = await unlessMissing(open(pathOf(id), READ))
    if (!file) return undefined
    try {
      const payload = await file.readFile("latin1")
      const { mtimeMs } = await file.stat()
      if (payload === "") return undefined
      const record = { id, userId: null, payload, expiresAt: expiresAt(payload, mtimeMs) }
      return { record, version: payload }
    } finally {
      await file.close()
    }
  }

  /** Writes the record under a name that Django passes by; gives the name. */
  async function draft({ id, payload, expiresAt }: SessionRecord): Promise<string> {
    const path = `${pathOf(id)}_out_${randomBytes(8).toString("hex")}`
    const file = await open(path, "wx", 0o600)
    try {
      await file.writeFile(payload, "latin1")
      await file.utimes(new Date(), modifiedAt(payload, expiresAt))
      await file.sync()
    } finally {
      await file.close()
    }
    return path
  }

  /** When a file that says this must have been modified to end then. */
  function modifiedAt(payload: string, end: number): Date {
    const expiry = expiryOf(payload)
    return expiry instanceof Date ? new Date() : new Date(end - deadline(expiry ?? null, 0, 0, limits))
  }

  /** Does the step if the file says `version` and is as alive as wanted. */
  function swap(
    id: string,
    version: string,
    step: (path: string) => void,
    isWanted = (end: number): boolean => end > Date.now(),
  ): Promise<boolean> {
    const path = pathOf(id)
    const look = (): boolean => {
      const { mtimeMs } = statSync(path)
      if (readFileSync(path, "latin1") !== version || !isWanted(expiresAt(version, mtimeMs))) return false
      step(path)
      return true
    }
    return locked(`${path}_lock`, () => unlessMissingNow(look) ?? false)
  }

  return {
    read,
    async create(record) {
      const path = await draft(record)
      try {
        return await link(path, pathOf(record.id)).then(() => record.payload, unless("EEXIST"))
      } finally {
        await unlink(path)
      }
    },
    async replace(record, version) {
      if (!KEY.test(record.id)) return undefined
      if (record.expiresAt <= Date.now())
        return (await swap(record.id, String(version), unlinkSync)) ? record.payload : undefined
      const path = await draft(record)
      if (await swap(record.id, String(version), (target) => renameSync(path, target))) return record.payload
      await unlink(path)
      return undefined
    },
    async touch(id, end, version) {
      if (!KEY.test(id)) return false
      const modified = modifiedAt(String(version), end)
      return swap(id, String(version), (path) => utimesSync(path, modified, modified))
    },
    async delete(id) {
      const found = await read(id)
      return found !== undefined && ((await unlessMissing(unlink(pathOf(id)).then(() => true))) ?? false)
    },
    async clearExpired({ batchSize = 1000, onProgress, signal } = {}) {
      let removed = 0
      let seen = 0
      for await (const { name } of await opendir(directory)) {
        if (signal?.aborted) break
        if (!name.startsWith(prefix)) continue
        if (await clear(name.slice(prefix.length))) removed++
        if (++seen % batchSize === 0) onProgress?.(removed)
      }
      onProgress?.(removed)
      return removed
    },
  }

  /** Removes a dead session, or what a writer that died left behind; `true` for a session. */
  async function clear(name: string): Promise<boolean> {
    if (KEY.test(name)) {
      const found = await look(name)
      if (!found || found.record.expiresAt > Date.now()) return false
      return swap(name, found.record.payload, unlinkSync, (end) => end <= Date.now())
    }
    const left = LEFTOVER.test(name) ? await unlessMissing(stat(pathOf(name))) : undefined
    if (left && left.mtimeMs + HOUR < Date.now()) await unlessMissing(unlink(pathOf(name)))
    return false
  }
}

function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch(unless("ENOENT", "ELOOP"))
}

function unlessMissingNow<T>(step: () => T): T | undefined {
  try {
    return step()
  } catch (error) {
    return unless("ENOENT")(error)
  }
}

/** Lets errors of these codes pass as `undefined`. */
function unless(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes((error as NodeJS.ErrnoException).code ?? "")) throw error
    return undefined
  }
}

const READ = constants.O_RDONLY | constants.O_NOFOLLOW
const HOUR = 3_600_000
const KEY = /^[a-z0-9]{32}$/
const LEFTOVER = /^[a-z0-9]{32}_(?:out_|lock)/
