import { statSync } from "node:fs"
import { opendir } from "node:fs/promises"
import type { Store } from "../../core/store.ts"
import { type Finding, type Upkeep, unable } from "../backend.ts"
import { accessFinding, diskFindings } from "../disk-findings.ts"
import {
  deadlineFinding,
  leftoverFinding,
  ownerFinding,
  partsFinding,
  permissionFinding,
  sessionsFinding,
} from "./findings.ts"
import { type Layout, partsOf } from "./layout.ts"
import { missingParts } from "./places.ts"
import { sampleOf } from "./sample.ts"
import { unfinishedSince } from "./staging.ts"

/** A directory of sessions. */
export function fileUpkeep(store: Store, layout: Layout): Upkeep {
  return {
    connected: async () => {},
    clock: async () => undefined,
    async countExpired() {
      throw unable("it would have to open every file, which is the work of removing them")
    },
    async deleteAll({ batchSize = 1000, signal, onProgress }) {
      let removed = 0
      let looked = 0
      for await (const { name } of await opendir(layout.sessions)) {
        if (signal?.aborted) break
        if (await store.delete(name)) removed++
        if (++looked % batchSize === 0) onProgress?.(removed)
      }
      return removed
    },
    inspect: () => inspect(layout),
  }
}

async function inspect(layout: Layout): Promise<Finding[]> {
  const { directory } = layout
  const missing = missingParts(layout)
  const parts = partsOf(layout).filter((part) => !missing.includes(part))
  const { uid, gid } = statSync(directory)
  const stats = parts.map((part) => statSync(part))
  const sample = await sampleOf(layout, uid)
  return [
    partsFinding(directory, missing),
    permissionFinding(directory, sample.readable > 0 || stats.some(({ mode }) => (mode & 0o077) !== 0)),
    ownerFinding(directory, `${uid}:${gid}`, sample.foreign > 0 || stats.some((part) => part.uid !== uid)),
    await accessFinding([directory, ...parts]),
    ...(await diskFindings(directory, "Run holdfast clear-expired, or make room")),
    sessionsFinding(sample),
    deadlineFinding(sample),
    leftoverFinding((await unfinishedSince(layout, Date.now() - TWO_DAYS)).length),
  ]
}

/** In milliseconds; twice as long as the longest time between two clearings that is advised. */
const TWO_DAYS = 172_800_000
