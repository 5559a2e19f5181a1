import type { Found } from "../core/record.ts"
import type { Renames, Store } from "../core/store.ts"
import type { ByteCache } from "./byte-cache.ts"

/** What stands in front of the table. */
export interface CachedTableOptions {
  readonly cache: ByteCache
  readonly keyOf: (id: string) => string
  /** The pickle that the cache keeps of a row's text; `undefined` when the row can't be believed. */
  readonly pickleOf: (payload: string) => Buffer | undefined
  readonly warn: (message: string) => void
}

/**
 * Django's table behind Django's cache. Reading asks the cache first. Writing always goes by the row: what
 * was read from the cache has no version that the table knows, so its first replace is refused, and the
 * session read anew, from the row.
 *
 * Whoever writes the cache looks at the row once more afterwards, and takes out again what is not the row's
 * any longer: so nothing from here leaves an older session in the cache, or one that was ended. A cache that
 * fails or is slow is done without; what was to be taken out of it may then stay until it ends by itself.
 */
export function cachedTable(
  table: Store & Partial<Renames>,
  { cache, keyOf, pickleOf, warn }: CachedTableOptions,
): Store & Partial<Renames> {
  const { rename } = table
  /** The sessions whose next reading must be of the row. */
  const overtaken = new Set<string>()

  /** What the cache answers, or `undefined` when it does not, or not soon enough. */
  async function asked<T>(what: string, answer: () => Promise<T>): Promise<T | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE} ms`)), PATIENCE)
    })
    try {
      return await Promise.race([answer(), late])
    } catch (error) {
      warn(`The cache failed while ${what}, and was done without: ${(error as Error).message}`)
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }

  function noteOvertaken(id: string): void {
    // Whoever is left out is refused once more.
    if (overtaken.size >= MOST_OVERTAKEN) overtaken.clear()
    overtaken.add(id)
  }

  const forget = (id: string): Promise<unknown> =>
    asked("a session was taken out of it", () => cache.delete(keyOf(id)))

  async function publish(id: string, payload: string, expiresAt: number): Promise<void> {
    const bytes = pickleOf(payload)
    if (!bytes) return
    await asked("a session was written to it", () => cache.set(keyOf(id), bytes, expiresAt))
    if ((await table.read(id))?.record.payload !== payload) await forget(id)
  }

  async function fromCache(id: string): Promise<Found | undefined> {
    const found = await asked("a session was read from it", () => cache.get(keyOf(id)))
    if (!found) return undefined
    const { bytes, expiresAt } = found
    return { record: { id, userId: null, payload: bytes.toString("latin1"), expiresAt }, version: FROM_CACHE }
  }

  return {
    ...table,
    async read(id) {
      const isOvertaken = overtaken.delete(id)
      const cached = isOvertaken ? undefined : await fromCache(id)
      if (cached) return cached
      const found = await table.read(id)
      if (found) await publish(id, found.record.payload, found.record.expiresAt)
      else if (isOvertaken) await forget(id) // what Django put back into its cache after the row was gone
      return found
    },
    async create(record) {
      const version = await table.create(record)
      if (version !== undefined) await publish(record.id, record.payload, record.expiresAt)
      return version
    },
    async replace(record, version) {
      const { id, payload, expiresAt } = record
      const next = version === FROM_CACHE ? undefined : await table.replace(record, version)
      if (next === undefined) noteOvertaken(id)
      else if (expiresAt <= Date.now()) await forget(id)
      else await publish(id, payload, expiresAt)
      return next
    },
    ...(rename && {
      async rename(id, record, version) {
        const next = version === FROM_CACHE ? undefined : await rename(id, record, version)
        if (next === undefined) noteOvertaken(id)
        else {
          await forget(id)
          await publish(record.id, record.payload, record.expiresAt)
        }
        return next
      },
    }),
    async touch(id, expiresAt, version) {
      const isTouched = version !== FROM_CACHE && (await table.touch(id, expiresAt, version))
      if (isTouched) await publish(id, String(version), expiresAt)
      else noteOvertaken(id)
      return isTouched
    },
    async delete(id) {
      const wasThere = await table.delete(id)
      await forget(id)
      return wasThere
    },
  }
}

/** No row's text: it has no signature. */
const FROM_CACHE = "from the cache"

/** How many sessions are remembered of which nobody may ever ask again. */
const MOST_OVERTAKEN = 10_000

/** How long the cache may take, in milliseconds. */
const PATIENCE = 250
