import { createHash } from "node:crypto"
import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkCount, wrongOption } from "../../core/option-values.ts"
import type { SessionRecord, Version } from "../../core/record.ts"
import { kindOf } from "../../core/shown.ts"
import { recordTooLarge, type Store } from "../../core/store.ts"
import { digitsOf, newMark, type RecordText, recordOf, textOf } from "../record-text.ts"
import { type MemcachedClient, memcachedClient } from "./client.ts"

export { type MemcachedClient, type MemcachedClientOptions, memcachedClient } from "./client.ts"

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
  const { prefix = "holdfast:", maxItemBytes = 1_048_576 } = options
  if (typeof prefix !== "string" || !/^[!-~]{0,100}$/.test(prefix))
    throw wrongOption("prefix", "must be at most 100 visible ASCII characters", prefix)
  checkCount("maxItemBytes", maxItemBytes)
  const client = typeof server === "string" ? memcachedClient(server) : server
  if (typeof (client as Partial<MemcachedClient> | undefined)?.send !== "function")
    throw new TypeError(
      `memcachedStore(server) takes memcached://host:port, or a client that memcachedClient(url) gave; it got ${kindOf(client)}`,
    )

  /** Keys have 250 bytes at most and no blanks; an id that can't be part of one goes by its hash. */
  function keyOf(id: string): string {
    return `${prefix}${/^[\w-]{1,128}$/.test(id) ? id : `#${createHash("sha256").update(id).digest("hex")}`}`
  }

  /** What lies under the id, be it dead by now. */
  async function look(id: string): Promise<Item | undefined> {
    const { value, flags } = await client.send(`mg ${keyOf(id)} v c`)
    const found = value && recordOf(id, value.toString())
    return found && { ...found, number: flags.c!, expiresAt: found.record.expiresAt }
  }

  /** Writes a record if `condition` holds; `undefined` when it doesn't. */
  async function write(record: SessionRecord, mark: string, condition: string): Promise<Version | undefined> {
    const key = keyOf(record.id)
    const value = Buffer.from(textOf(record, mark))
    const size = key.length + value.length + ITEM_OVERHEAD
    // The server would find out too, but not before it dropped the item that is there.
    if (size > maxItemBytes)
      throw recordTooLarge(
        `The session needs ${size} bytes in memcached; an item has ${maxItemBytes} at most`,
      )
    const head = `ms ${key} ${value.length} c T${lifetime(record.expiresAt)} ${condition}`
    const { code, flags } = await client.send(head, value)
    return code === "HD" ? versionOf(mark, record.expiresAt, flags.c!) : undefined
  }

  return {
    async read(id) {
      const item = await look(id)
      if (!item || !isLive(item)) return undefined
      return { record: item.record, version: versionOf(item.mark, item.expiresAt, item.number) }
    },

    async create(record) {
      const mark = newMark()
      // What is in the way may be dead, since the server counts whole seconds, and gone at the next look.
      for (let attempt = 0; attempt < 5; attempt++) {
        const version = await write(record, mark, "ME")
        if (version !== undefined) return version
        const item = await look(record.id)
        if (item && isLive(item)) return undefined
        const over = item && (await write(record, mark, `C${item.number}`))
        if (over !== undefined) return over
      }
      return undefined
    },

    async replace(record, version) {
      const expected = sightingOf(String(version))
      if (!expected) return undefined
      // A touch changes the server's number but not the mark: one look tells a touched item from an overtaken one.
      let seen: Sighting | undefined = isLive(expected) ? expected : await look(record.id)
      while (seen && isLive(seen) && seen.mark === expected.mark) {
        const next = await write(record, newMark(), `C${seen.number}`)
        if (next !== undefined) return next
        seen = await look(record.id)
      }
      return undefined
    },

    async touch(id, expiresAt, version) {
      const { mark } = sightingOf(String(version)) ?? {}
      for (;;) {
        const item = await look(id)
        if (!item || !isLive(item) || item.mark !== mark) return false
        const touched = { ...item.record, expiresAt }
        if ((await write(touched, mark, `C${item.number}`)) !== undefined) return true
      }
    },

    async delete(id) {
      for (;;) {
        const item = await look(id)
        if (!item || !isLive(item)) return false
        // Only what was seen: another record may be under the id by now.
        const { code } = await client.send(`md ${keyOf(id)} C${item.number}`)
        if (code === "HD") return true
      }
    },

    // The server makes room by itself.
    clearExpired: async () => 0,
    close: client.close,
  }
}

/** What is known of an item without its record. */
interface Sighting {
  readonly mark: string
  /** The server's own number for its last write, which its compare-and-swap goes by. */
  readonly number: string
  readonly expiresAt: number
}

interface Item extends Sighting, RecordText {}

// The deadline is kept to the millisecond beside the record and decides here; the server, which counts whole
// seconds, only makes room later. So a process's clock has a say: it must not be wrong by more than matters.
function isLive({ expiresAt }: Sighting): boolean {
  return expiresAt > Date.now()
}

// The number alone would not do: a touch has to change it, and a restarted server counts from 1 again.
function versionOf(mark: string, expiresAt: number, number: string): string {
  return `${mark}${digitsOf(expiresAt)}${number}`
}

function sightingOf(version: string): Sighting | undefined {
  const parts = /^([\w-]{16})(\d{15})(\d+)$/.exec(version)
  return parts ? { mark: parts[1]!, expiresAt: Number(parts[2]), number: parts[3]! } : undefined
}

/** Seconds for the server, never fewer than are left: it takes a number over 30 days for an instant. */
function lifetime(expiresAt: number): number {
  const left = Math.ceil((expiresAt - Date.now()) / 1000) + CLOCK_STEP
  if (left <= 30 * 86_400) return Math.max(left, 1)
  return Math.min(Math.ceil(expiresAt / 1000) + CLOCK_STEP, 2 ** 31 - 1)
}

/** By how many seconds the server's clock may be ahead of its time: it moves once a second. */
const CLOCK_STEP = 2

/** What an item takes beside its key and value, rounded up. */
const ITEM_OVERHEAD = 64
