import { randomBytes } from "node:crypto"
import { cp, mkdir, mkdtemp, readdir, rm, truncate } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { SessionRecord } from "../../src/index.ts"
import { fileStore } from "../../src/stores/file/index.ts"

let outside: string
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), "holdfast-"))
})
afterEach(() => rm(outside, { recursive: true }))

describe("a copy of a session that was changed while it was copied", () => {
  // A copier lists the directory and then copies name by name, so any of the files may be there or not, and one being
  // written may be cut off.
  it("is the session before, the session after, or none, and never an error", async () => {
    const before = newRecord("before")
    const after = { ...before, payload: "after" }
    const source = await filesOf(before, after)
    const seen = new Set<string>()
    for (const chosen of subsetsOf(source.map(({ name }) => name)))
      for (const cut of [undefined, 0, 5, 12]) {
        const directory = join(outside, randomBytes(8).toString("hex"))
        const store = fileStore(directory, { sync: false })
        const place = join(directory, "sessions", before.id)
        await mkdir(place)
        for (const { name, path } of source.filter(({ name }) => chosen.includes(name))) {
          await cp(path, join(place, name), { preserveTimestamps: true })
          // Cut off while it was written: its time is not set yet, as it is set last.
          if (cut !== undefined && name.startsWith("2-")) await truncate(join(place, name), cut)
        }
        const found = await store.read(before.id)
        seen.add(found?.record.payload ?? "none")
        if (found) expect([before, after]).toContainEqual(found.record)
        expect(await store.listByUser("ada")).toEqual([])
        if (found) expect(await store.replace(after, found.version)).toBeDefined()
        else expect(await store.create(after)).toBeDefined()
        expect((await store.read(before.id))?.record).toEqual(after)
        expect(await store.delete(before.id)).toBe(true)
        expect(await store.clearExpired()).toBe(0)
        expect(await readdir(join(directory, "sessions"))).toEqual([])
      }
    expect(seen).toEqual(new Set(["before", "after", "none"]))
  })
})

function newRecord(payload: string): SessionRecord {
  return { id: "a".repeat(32), userId: "ada", payload, expiresAt: Date.now() + 3_600_000 }
}

interface Source {
  readonly name: string
  readonly path: string
}

/** All files that a session has on its way from one record to another. */
async function filesOf(before: SessionRecord, after: SessionRecord): Promise<Source[]> {
  const store = fileStore(join(outside, "source"), { sync: false })
  const place = join(outside, "source/sessions", before.id)
  const version = await store.create(before)
  const kept = join(outside, "kept")
  await cp(place, kept, { recursive: true, preserveTimestamps: true })
  await store.replace(after, version!)
  const [old, latest] = await Promise.all([readdir(kept), readdir(place)])
  return [
    ...old.map((name) => ({ name, path: join(kept, name) })),
    ...latest.map((name) => ({ name, path: join(place, name) })),
  ]
}

function subsetsOf<Item>(items: readonly Item[]): Item[][] {
  const [first, ...rest] = items
  if (first === undefined) return [[]]
  return subsetsOf(rest).flatMap((subset) => [subset, [first, ...subset]])
}
