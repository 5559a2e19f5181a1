import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkCount, wrongOption } from "../../core/option-values.ts"
import { kindOf } from "../../core/shown.ts"
import type { Store } from "../../core/store.ts"
import { newMark } from "../record-text.ts"
import { type MemcachedClient, memcachedClient } from "./client.ts"
import { itemsIn } from "./items.ts"
import { isLive, MAX_ITEM_BYTES, type Sighting, sightingOf, versionOf } from "./layout.ts"

/** How sessions lie in memcached. */
export interface MemcachedStoreOptions {
  /** What every key begins with: at most 100 visible ASCII characters. @default "holdfast:" */
  readonly prefix?: string
  /** The largest item the server takes, in bytes: its option `-I`. @default 1048576 */
  readonly maxItemBytes?: number
}

const OPTIONS: OptionNames<MemcachedStoreOptions> = { prefix: true, maxItemBytes: true }

/** A store in memcached, and the way to end its connection. */
export interface MemcachedStore extends Store {
  /** Ends the connection. Calls that follow fail. */
  close(): Promise<void>
}

/**
 * Keeps sessions in one memcached server (1.6 or newer), swapped by the server's own compare-and-swap. One
 * round trip reads or writes, two touch. It has no way to find sessions by their user.
 *
 * memcached is a cache: sessions end early when it is restarted or its memory is full. Under
 * `holdfast/cached` it does no harm by that.
 *
 * @param server `memcached://host:port`, or a client that is shared with others and closed with the store.
 * @example
 * createSessions({ store: memcachedStore("memcached://localhost:11211") })
 */
export function memcachedStore(
  server: string | MemcachedClient,
  options: MemcachedStoreOptions = {},
): MemcachedStore {
  checkNames("memcachedStore(server, options)", options, OPTIONS)
  const { prefix = "holdfast:", maxItemBytes = MAX_ITEM_BYTES } = options
  if (typeof prefix !== "string" || !/^[!-~]{0,100}$/.test(prefix))
    throw wrongOption("prefix", "must be at most 100 visible ASCII characters", prefix)
  checkCount("maxItemBytes", maxItemBytes)
  const client = typeof server === "string" ? memcachedClient(server) : server
  if (typeof (client as Partial<MemcachedClient> | undefined)?.send !== "function")
    throw new TypeError(
      `memcachedStore(server) takes memcached://host:port, or a client that memcachedClient(url) gave; it got ${kindOf(client)}`,
    )

  const { look, write, remove } = itemsIn(client, prefix, maxItemBytes)

  return {
    async read(id) {
      const item = await look(id)
      return item && isLive(item) ? { record: item.record, version: versionOf(item) } : undefined
    },

    async create(record) {
      const mark = newMark()
      // What is in the way may be dead, since the server counts whole seconds, and gone at the next look.
      for (let attempt = 0; attempt < 5; attempt++) {
        const written = await write(record, mark)
        if (written) return versionOf(written)
        const item = await look(record.id)
        if (item && isLive(item)) return undefined
        const instead = item && (await write(record, mark, item))
        if (instead) return versionOf(instead)
      }
      return undefined
    },

    async replace(record, version) {
      const expected = sightingOf(String(version))
      if (!expected) return undefined
      // A touch changes the server's number but not the mark: one look tells a touched item from an overtaken one.
      let seen: Sighting | undefined = isLive(expected) ? expected : await look(record.id)
      while (seen && isLive(seen) && seen.mark === expected.mark) {
        const next = await write(record, newMark(), seen)
        if (next) return versionOf(next)
        seen = await look(record.id)
      }
      return undefined
    },

    async touch(id, expiresAt, version) {
      const { mark } = sightingOf(String(version)) ?? {}
      for (;;) {
        const item = await look(id)
        if (!item || !isLive(item) || item.mark !== mark) return false
        if (await write({ ...item.record, expiresAt }, mark, item)) return true
      }
    },

    async delete(id) {
      for (;;) {
        const item = await look(id)
        if (!item || !isLive(item)) return false
        if (await remove(id, item)) return true
      }
    },

    // The server makes room by itself.
    clearExpired: async () => 0,
    close: client.close,
  }
}
