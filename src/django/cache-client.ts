import type { MemcachedClient } from "../stores/memcached/client.ts"
import type { RedisClient } from "../stores/redis/client.ts"
import type { ByteCache } from "./byte-cache.ts"
import { memcachedBytes } from "./memcached-bytes.ts"
import { redisBytes } from "./redis-bytes.ts"

/** A client of `redis` or `ioredis`, or what `memcachedClient(url)` of `holdfast/memcached` gives. */
export type CacheClient = RedisClient | MemcachedClient

/** The cache behind the client. Throws a `TypeError` when it is none of the known. */
export function byteCache(client: CacheClient): ByteCache {
  return isMemcached(client) ? memcachedBytes(client) : redisBytes(client)
}

function isMemcached(client: CacheClient): client is MemcachedClient {
  return typeof (client as MemcachedClient | undefined)?.send === "function"
}
