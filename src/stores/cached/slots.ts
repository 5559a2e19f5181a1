import type { Found, Version } from "../../core/record.ts"
import type { Store } from "../../core/store.ts"
import type { Ask } from "./circuit.ts"
import { copyIn, filled, freed, leased } from "./slot.ts"

/** The slots of a cache, one for each session. */
export interface Slots {
  /** What is in the slot; `undefined` when the cache does not answer. */
  look(id: string): Promise<Seen | undefined>
  /** Leases an empty slot, for a reader; `undefined` when it is taken. */
  lease(id: string): Promise<Lease | undefined>
  /** Leases the slot from whoever has it, for a writer; `undefined` when that could not be done. */
  seize(id: string, isNew: boolean): Promise<Lease | undefined>
}

export interface Seen {
  /** A copy to be served. */
  readonly copy?: Found | undefined
  readonly isEmpty: boolean
}

/** The right to fill a slot. */
export interface Lease {
  /** Fills the slot, or frees it without a record; `false` where somebody else has it by now. */
  end(found: Found | undefined): Promise<boolean>
}

/** @param life The most milliseconds that anything stays in a slot. */
export function slotsIn(cache: Store, ask: Ask, life: number): Slots {
  /** `began` is before what is to be put there was asked for. */
  function leaseOf(id: string, version: Version, began: number): Lease {
    return {
      async end(found) {
        const put = await ask(() => cache.replace(found ? filled(found, began + life) : freed(id), version))
        return put?.answer !== undefined
      },
    }
  }

  return {
    async look(id) {
      const seen = await ask(() => cache.read(id))
      return seen && { copy: seen.answer && copyIn(seen.answer), isEmpty: seen.answer === undefined }
    },

    async lease(id) {
      const began = Date.now()
      const put = await ask(() => cache.create(leased(id, began + life)))
      return put?.answer === undefined ? undefined : leaseOf(id, put.answer, began)
    },

    async seize(id, isNew) {
      const began = Date.now()
      for (let attempt = 0; attempt < 5; attempt++) {
        // A session about to be created has no slot yet, as a rule.
        const seen = isNew && attempt === 0 ? { answer: undefined } : await ask(() => cache.read(id))
        if (!seen) return undefined
        const mark = leased(id, Date.now() + life)
        const { answer: found } = seen
        const put = await ask(() => (found ? cache.replace(mark, found.version) : cache.create(mark)))
        if (!put) return undefined
        if (put.answer !== undefined) return leaseOf(id, put.answer, began)
      }
      return undefined
    },
  }
}
