import type { SessionRecord } from "../../core/record.ts"
import { recordTooLarge } from "../../core/store.ts"
import { recordOf, textOf } from "../record-text.ts"
import type { MemcachedClient } from "./client.ts"
import { ITEM_OVERHEAD, type Item, keyOf, lifetime, type Sighting } from "./layout.ts"

/** The items of a server that hold records. */
export interface Items {
  /** What lies under the id, be it dead by now. */
  look(id: string): Promise<Item | undefined>
  /** Writes a record where none lies, or over what was seen there last; `undefined` where it is not so. */
  write(record: SessionRecord, mark: string, over?: Sighting): Promise<Sighting | undefined>
  /** Removes what was seen under the id, unless it was changed since. */
  remove(id: string, seen: Sighting): Promise<boolean>
}

/** @param maxItemBytes The largest item that the server takes. */
export function itemsIn(client: MemcachedClient, prefix: string, maxItemBytes: number): Items {
  return {
    async look(id) {
      const { value, flags } = await client.send(`mg ${keyOf(prefix, id)} v c`)
      const found = value && recordOf(id, value.toString())
      return found && { ...found, number: flags.c!, expiresAt: found.record.expiresAt }
    },

    async write(record, mark, over) {
      const key = keyOf(prefix, record.id)
      const { expiresAt } = record
      const value = Buffer.from(textOf(record, mark))
      const size = key.length + value.length + ITEM_OVERHEAD
      // The server would find out too, but not before it dropped the item that is there.
      if (size > maxItemBytes)
        throw recordTooLarge(
          `The session needs ${size} bytes in memcached; an item has ${maxItemBytes} at most`,
        )
      const condition = over ? `C${over.number}` : "ME"
      const head = `ms ${key} ${value.length} c T${lifetime(expiresAt)} ${condition}`
      const { code, flags } = await client.send(head, value)
      return code === "HD" ? { mark, expiresAt, number: flags.c! } : undefined
    },

    async remove(id, { number }) {
      const { code } = await client.send(`md ${keyOf(prefix, id)} C${number}`)
      return code === "HD"
    },
  }
}
