import type { OptionNames } from "../core/option-names.ts"
import { checkCount, wrongOption } from "../core/option-values.ts"
import type { Store } from "../core/store.ts"
import type { ByteCache } from "./byte-cache.ts"
import type { CacheClient } from "./cache-client.ts"

/** Which of Django's caches, and how it makes its keys. */
export interface DjangoCacheOptions {
  /** The server behind `CACHES[SESSION_CACHE_ALIAS]`: a client of `redis` or `ioredis`, or a `memcachedClient(url)`. */
  readonly cache: CacheClient
  /** `KEY_PREFIX` of the cache. @default "" */
  readonly keyPrefix?: string
  /** `VERSION` of the cache. @default 1 */
  readonly keyVersion?: number
}

export const DJANGO_CACHE_OPTIONS: OptionNames<DjangoCacheOptions> = {
  cache: true,
  keyPrefix: true,
  keyVersion: true,
}

/** A session's key in the cache, as Django's `make_key` has it. */
export function cacheKeys(
  { keyPrefix = "", keyVersion = 1 }: DjangoCacheOptions,
  engine: "cache" | "cached_db",
): (id: string) => string {
  if (typeof keyPrefix !== "string" || !/^[!-~]{0,150}$/.test(keyPrefix))
    throw wrongOption("keyPrefix", "must be at most 150 visible ASCII characters", keyPrefix)
  checkCount("keyVersion", keyVersion)
  return (id) => `${keyPrefix}:${keyVersion}:django.contrib.sessions.${engine}${id}`
}

/**
 * Django's cache as a store: pickles, as Latin-1 text. The server ends sessions by itself. Django writes
 * without looking first; a write from here lands only on what its writer read.
 */
export function cacheStore(cache: ByteCache, keyOf: (id: string) => string): Store {
  const bytesOf = (payload: string): Buffer => Buffer.from(payload, "latin1")
  return {
    async read(id) {
      const found = await cache.get(keyOf(id))
      if (!found) return undefined
      const { bytes, expiresAt, version } = found
      return { record: { id, userId: null, payload: bytes.toString("latin1"), expiresAt }, version }
    },
    create: ({ id, payload, expiresAt }) => cache.add(keyOf(id), bytesOf(payload), expiresAt),
    replace: ({ id, payload, expiresAt }, version) =>
      cache.swap(keyOf(id), bytesOf(payload), expiresAt, String(version)),
    async touch(id, expiresAt, version) {
      const found = await cache.get(keyOf(id))
      if (found?.version !== version) return false
      return (await cache.swap(keyOf(id), found.bytes, expiresAt, found.version)) !== undefined
    },
    delete: (id) => cache.delete(keyOf(id)),
    clearExpired: async () => 0,
  }
}
