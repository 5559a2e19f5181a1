import { isThenable, kindOf, shown } from "../../core/shown.ts"
import { type IoRedisClient, ioRedisLink } from "./ioredis.ts"
import type { RedisLink } from "./link.ts"
import { clusterLink, type NodeRedisClient, poolLink, sentinelLink, serverLink } from "./node-redis.ts"

/** A connected client of `redis` or `ioredis`, whatever it connects to. */
export type RedisClient = IoRedisClient | NodeRedisClient

/** Recognises a client by its shape. Throws a `TypeError` when it has none that is known. */
export function linkTo(client: RedisClient): RedisLink {
  if (isIoRedis(client)) return ioRedisLink(client)
  if (!isFunction(client, "sendCommand") || !isFunction(client, "multi"))
    throw new TypeError(
      `The client must be one of the packages "redis" (4 or newer) or "ioredis"; it is ${kindOf(client)}${advice(client)}`,
    )
  if (isFunction(client, "nodeClient")) return clusterLink(client)
  if (isFunction(client, "getMasterNode")) return sentinelLink(client)
  const isCached = isCaching(client)
  return isFunction(client, "execute") ? poolLink(client, isCached) : serverLink(client, isCached)
}

function advice(client: unknown): string {
  if (typeof client === "string") return ': write await storeFromUrl(url), from "holdfast/url"'
  if (isThenable(client)) return ": write await in front of it"
  return "client" in Object(client) ? ": write redisStore(client, { prefix })" : ""
}

/**
 * Whether the client keeps a cache of its own. Throws a `TypeError` when nothing bounds it: the server says what
 * has changed, but a connection that has silently died says nothing any more.
 */
function isCaching({ clientSideCache }: NodeRedisClient): boolean {
  if (!clientSideCache) return false
  const { ttl } = clientSideCache as { ttl?: unknown }
  if (typeof ttl === "number" && ttl > 0) return true
  throw new TypeError(
    `The client's option "clientSideCache.ttl" must be a positive number of milliseconds, since it bounds how long an ended session can still work; it is ${shown(ttl)}`,
  )
}

function isIoRedis(client: RedisClient): client is IoRedisClient {
  return isFunction(client, "call") && isFunction(client, "pipeline")
}

function isFunction(client: unknown, name: string): boolean {
  return typeof (client as Record<string, unknown> | undefined)?.[name] === "function"
}
