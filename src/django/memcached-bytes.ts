import type { MemcachedClient } from "../stores/memcached/client.ts"
import { type ByteCache, deadlineIn } from "./byte-cache.ts"

/** memcached, whose own number for each write is the version. */
export function memcachedBytes(client: MemcachedClient): ByteCache {
  async function write(
    key: string,
    bytes: Buffer,
    expiresAt: number,
    condition: string,
  ): Promise<string | undefined> {
    const head = `ms ${key} ${bytes.length} c F${PICKLED} T${lifetimeOf(expiresAt)} ${condition}`
    const { code, flags } = await client.send(head, bytes)
    return code === "HD" ? flags.c : undefined
  }

  return {
    async get(key) {
      const { value, flags } = await client.send(`mg ${key} v c t`)
      if (!value) return undefined
      return { bytes: value, expiresAt: deadlineIn(Number(flags.t) * 1000), version: flags.c! }
    },
    async set(key, bytes, expiresAt) {
      await write(key, bytes, expiresAt, "MS")
    },
    add: (key, bytes, expiresAt) => write(key, bytes, expiresAt, "ME"),
    async swap(key, bytes, expiresAt, version) {
      if (expiresAt > Date.now()) return write(key, bytes, expiresAt, `C${version}`)
      return (await client.send(`md ${key} C${version}`)).code === "HD" ? version : undefined
    },
    delete: async (key) => (await client.send(`md ${key}`)).code === "HD",
  }
}

/** Seconds for memcached, which takes a number over 30 days for an instant. */
function lifetimeOf(expiresAt: number): number {
  const left = Math.max(Math.ceil((expiresAt - Date.now()) / 1000), 1)
  return left <= 30 * 86_400 ? left : Math.min(Math.ceil(expiresAt / 1000), 2 ** 31 - 1)
}

/** How Python's clients of memcached mark what they pickled. */
const PICKLED = 1
