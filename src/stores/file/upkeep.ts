import { opendir, statfs } from "node:fs/promises"
import { join } from "node:path"
import type { Store } from "../../core/store.ts"
import { type Upkeep, unable } from "../backend.ts"
import { SESSIONS } from "./store.ts"

/** A directory of sessions, each under its id. */
export function fileUpkeep(store: Store, directory: string): Upkeep {
  return {
    connected: async () => {},
    clock: async () => undefined,
    async countExpired() {
      throw unable("it would have to open every file, which is the work of removing them")
    },
    async deleteAll({ batchSize = 1000, signal, onProgress }) {
      let removed = 0
      let looked = 0
      for await (const { name } of await opendir(join(directory, SESSIONS))) {
        if (signal?.aborted) break
        if (await store.delete(name)) removed++
        if (++looked % batchSize === 0) onProgress?.(removed)
      }
      return removed
    },
    async inspect() {
      const { bavail, blocks, bsize, ffree, files } = await statfs(directory)
      // Some file systems make their entries as they need them, and say 0 of 0.
      const isFull = bavail < blocks * SCARCE || (files > 0 && ffree < files * SCARCE)
      const problem = "The disk is nearly full. Run holdfast clear-expired, or make room"
      const free = `${(Number(bavail * bsize) / 2 ** 30).toFixed(1)} GiB free`
      return [{ name: "disk", value: free, ...(isFull && { problem }) }]
    },
  }
}

/** The share of free room below which a disk is nearly full. */
const SCARCE = 0.02
