import { checkStore } from "../../core/check-store.ts"
import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkSeconds, MOST_LIFE, MOST_PAUSE, MOST_WAIT } from "../../core/option-values.ts"
import type { Found, SessionRecord, Version } from "../../core/record.ts"
import type { Store, UserIndex } from "../../core/store.ts"
import { circuit } from "./circuit.ts"
import { pendingInvalidations } from "./pending.ts"
import { slotsIn } from "./slots.ts"

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
  const slots = slotsIn(cache, ask, life)
  const pending = pendingInvalidations(
    async (id) => (await ask(() => cache.delete(id))) !== undefined,
    life,
    pause,
  )

  /**
   * Writes to the durable store while the slot is leased, so that no reader can fill it with what was read before; then
   * fills it under the version of the lease, so that no later writer is overtaken. If anything came between, the
   * slot is cleared instead. The write is answered after that.
   */
  async function write<Answer>(
    id: string,
    change: () => Promise<Answer>,
    outcome: (answer: Answer) => Found | undefined = () => undefined,
    isNew = false,
  ): Promise<Answer> {
    const lease = await slots.seize(id, isNew)
    let found: Found | undefined
    try {
      const answer = await change()
      found = outcome(answer)
      return answer
    } finally {
      const isShown = lease && !pending.has(id) && (await lease.end(found))
      if (!isShown) await pending.add(id)
    }
  }

  const { listByUser } = durable
  return {
    async read(id, { fresh = false } = {}) {
      const seen = fresh || pending.has(id) ? undefined : await slots.look(id)
      if (!seen) return durable.read(id, { fresh })
      if (seen.copy) return seen.copy
      const lease = seen.isEmpty ? await slots.lease(id) : undefined
      let found: Found | undefined
      try {
        found = await durable.read(id)
        return found
      } finally {
        await lease?.end(pending.has(id) ? undefined : found)
      }
    },

    create: (record) =>
      write(
        record.id,
        () => durable.create(record),
        (version) => written(record, version),
        true,
      ),
    replace: (record, expected) =>
      write(
        record.id,
        () => durable.replace(record, expected),
        (version) => written(record, version),
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

function written(record: SessionRecord, version: Version | undefined): Found | undefined {
  return version === undefined ? undefined : { record, version }
}
