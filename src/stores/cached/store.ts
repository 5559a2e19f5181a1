import { checkStore } from "../../core/check-store.ts"
import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkSeconds, MOST_LIFE, MOST_PAUSE, MOST_WAIT } from "../../core/option-values.ts"
import type { Found, Version } from "../../core/record.ts"
import type { Store, UserIndex } from "../../core/store.ts"
import { circuit } from "./circuit.ts"
import { cacheDebts } from "./pending.ts"
import { copyIn, filled, freed, taken } from "./slot.ts"

/** How far the cache is trusted. Durations are seconds. */
export interface CachedStoreOptions {
  /**
   * How long a copy may be served before the durable store is asked again. It matters when the cache could not be told of a
   * change: because it did not answer the process that made it, which then died or kept failing to reach it; or because
   * the change was made past this store, in the durable one. Then other processes may serve what was for at most this
   * long after the change, and by as much more as machines' clocks differ. @default 60
   */
  readonly maxStale?: number
  /** How long one call of the cache may take. One that does not answer costs a request one to three of these. @default 0.25 */
  readonly timeout?: number
  /** For how long a cache that failed three times in a row is left alone. @default 1 */
  readonly pause?: number
}

const OPTIONS: OptionNames<CachedStoreOptions> = { maxStale: true, timeout: true, pause: true }

/**
 * A fast store in front of a durable one. Reads come from the cache; writes go to the durable store first. A cache that
 * is slow or dead makes the site slower and changes nothing else.
 *
 * Once a write is answered, no read that begins after it sees what was there before: in this process always, in
 * others too whenever the cache could be told, and else within `maxStale`. While a write is still under way, reads may see
 * either state.
 *
 * Versions and the user's index are the durable store's. The cache must be a compare-and-swap register too, as every
 * `Store` is; it may forget anything at any time. Give it a prefix of its own.
 *
 * @example
 * createSessions({ store: cachedStore(redisStore(client), sqlStore(pool)) })
 */
export function cachedStore(
  cache: Store,
  durable: Store & Partial<UserIndex>,
  options: CachedStoreOptions = {},
): Store & Partial<UserIndex> {
  checkStore("The cache in cachedStore(cache, durable)", cache)
  checkStore("The durable store in cachedStore(cache, durable)", durable)
  checkNames("cachedStore(cache, durable, options)", options, OPTIONS)
  const { maxStale = 60, pause: seconds = 1, timeout = 0.25 } = options
  checkSeconds("maxStale", maxStale, MOST_LIFE)
  checkSeconds("pause", seconds, MOST_PAUSE)
  checkSeconds("timeout", timeout, MOST_WAIT)
  const life = maxStale * 1000
  const pause = seconds * 1000
  const ask = circuit(timeout * 1000, pause)
  cache.limit?.(timeout * 1000)
  const debts = cacheDebts(async (id) => (await ask(() => cache.delete(id))) !== undefined, life, pause)

  /** Takes the slot from whoever has it; the version that holds it, or `undefined` when that could not be done. */
  async function take(id: string, isNew: boolean): Promise<Version | undefined> {
    for (let attempt = 0; attempt < 5; attempt++) {
      // A session about to be created has no slot yet, as a rule.
      const seen = isNew && attempt === 0 ? { answer: undefined } : await ask(() => cache.read(id))
      if (!seen) return undefined
      const mark = taken(id, Date.now() + life)
      const { answer: found } = seen
      const put = await ask(() => (found ? cache.replace(mark, found.version) : cache.create(mark)))
      if (!put || put.answer !== undefined) return put?.answer
    }
    return undefined
  }

  /**
   * Writes to the durable store while the slot is taken, so that no reader can fill it with what was read before; then
   * fills it under the version that took it, so that no later writer is overtaken. If anything came between, the
   * slot is cleared instead. The write is answered after that.
   */
  async function write<T>(
    id: string,
    change: () => Promise<T>,
    outcome: (result: T) => Found | undefined = () => undefined,
    isNew = false,
  ): Promise<T> {
    const began = Date.now()
    const hold = await take(id, isNew)
    let found: Found | undefined
    try {
      const result = await change()
      found = outcome(result)
      return result
    } finally {
      const isShown =
        hold !== undefined && !debts.has(id) && (await put(found && filled(found, began + life), id, hold))
      if (!isShown) await debts.add(id)
    }
  }

  /** Fills the slot, or frees it without a copy, if `hold` still holds it. */
  async function put(
    copy: ReturnType<typeof filled> | undefined,
    id: string,
    hold: Version,
  ): Promise<boolean> {
    const isUseful = copy && copy.expiresAt > Date.now()
    return (await ask(() => cache.replace(isUseful ? copy : freed(id), hold)))?.answer !== undefined
  }

  const { listByUser } = durable
  return {
    async read(id, { fresh = false } = {}) {
      const seen = fresh || debts.has(id) ? undefined : await ask(() => cache.read(id))
      if (!seen) return durable.read(id, { fresh })
      if (seen.answer) return copyIn(seen.answer) ?? durable.read(id)

      const began = Date.now()
      const lease = await ask(() => cache.create(taken(id, began + life)))
      if (lease?.answer === undefined) return durable.read(id)
      let found: Found | undefined
      try {
        found = await durable.read(id)
        return found
      } finally {
        await put(found && !debts.has(id) ? filled(found, began + life) : undefined, id, lease.answer)
      }
    },

    create: (record) =>
      write(
        record.id,
        () => durable.create(record),
        (version) => (version === undefined ? undefined : { record, version }),
        true,
      ),

    replace: (record, expected) =>
      write(
        record.id,
        () => durable.replace(record, expected),
        (version) => (version === undefined ? undefined : { record, version }),
      ),

    touch: (id, expiresAt, version) => write(id, () => durable.touch(id, expiresAt, version)),
    delete: (id) => write(id, () => durable.delete(id)),

    async clearExpired(clearing) {
      const removed = await durable.clearExpired(clearing)
      const { onProgress: _, ...quietly } = clearing ?? {}
      try {
        await cache.clearExpired(quietly) // most caches have nothing to do here: they expire by themselves
      } catch {
        // The cache has to cope without; what it holds is past its time and served to nobody.
      }
      return removed
    },

    limit: (patience) => durable.limit?.(patience),
    ...(listByUser && { listByUser }),
  }
}
