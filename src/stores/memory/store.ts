import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkCount } from "../../core/option-values.ts"
import type { Found } from "../../core/record.ts"
import type { Store, UserIndex } from "../../core/store.ts"

/** How much the memory store keeps. */
export interface MemoryStoreOptions {
  /** The most sessions kept; the one unused for longest makes room for a new one. @default 100000 */
  readonly max?: number
}

const OPTIONS: OptionNames<MemoryStoreOptions> = { max: true }

/**
 * Keeps sessions in this process, bounded and expiring: for tests, trials, and programs whose sessions may
 * end with them. Several processes do not share it.
 *
 * @example
 * createSessions({ store: memoryStore() })
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store & UserIndex {
  checkNames("memoryStore(options)", options, OPTIONS)
  const { max = 100_000 } = options
  checkCount("max", max)

  /** In order of last use, the longest unused first. */
  const kept = new Map<string, Found>()
  /** What is before it was dropped or has been used since, so that what comes next is the longest unused. */
  const eldest = rounds(kept)
  /** Goes round and round. */
  const dying = rounds(kept)
  let lastVersion = 0

  function live(id: string): Found | undefined {
    const found = kept.get(id)
    if (found && found.record.expiresAt <= Date.now()) {
      kept.delete(id)
      return undefined
    }
    return found
  }

  function put(found: Found): void {
    kept.delete(found.record.id)
    kept.set(found.record.id, found)
  }

  /** Looks at a few records for one that is dead, and else drops the longest unused: as quick however many there are. */
  function makeRoom(): void {
    for (let looks = 0; looks < LOOKS && kept.size >= max; looks++) live(dying.next() ?? "")
    if (kept.size >= max) kept.delete(eldest.next()!)
  }

  function ofUser(userId: string): Found[] {
    return [...kept.values()].filter(({ record }) => record.userId === userId && live(record.id))
  }

  return {
    async read(id) {
      const found = live(id)
      if (found) put(found)
      return found
    },
    async create(record) {
      if (live(record.id)) return undefined
      makeRoom()
      const version = ++lastVersion
      put({ record: { ...record }, version })
      return version
    },
    async replace(record, expected) {
      if (live(record.id)?.version !== expected) return undefined
      const version = ++lastVersion
      put({ record: { ...record }, version })
      return version
    },
    async touch(id, expiresAt, version) {
      const found = live(id)
      if (found?.version !== version) return false
      put({ record: { ...found.record, expiresAt }, version })
      return true
    },
    async delete(id) {
      return live(id) !== undefined && kept.delete(id)
    },
    async clearExpired({ batchSize = 1000, onProgress, signal } = {}) {
      checkCount("batchSize", batchSize)
      let removed = 0
      for (const id of kept.keys()) {
        if (signal?.aborted) return removed
        if (live(id)) continue
        removed++
        if (removed % batchSize === 0) onProgress?.(removed)
      }
      onProgress?.(removed)
      return removed
    },
    listByUser: async (userId) => ofUser(userId).map(({ record }) => record),
  }
}

/** How many records each new one looks at for dead ones, once the store is full. */
const LOOKS = 4

/** Gives the keys of a map one after the other, from the beginning again after the end; one that lasts, since to begin takes long. */
function rounds<Key>(map: ReadonlyMap<Key, unknown>): { next(): Key | undefined } {
  let keys = map.keys()
  return {
    next() {
      const { value, done } = keys.next()
      if (!done) return value
      keys = map.keys()
      return keys.next().value
    },
  }
}
