import { hash, randomBytes } from "node:crypto"
import { rmdirSync } from "node:fs"
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { SessionRecord, Store, UserIndex } from "../../src/index.ts"
import { fileStore } from "../../src/stores/file/index.ts"
import { fileUsers } from "../../src/stores/file/users.ts"

const FUTURE = Date.now() / 1000 + 3600
let outside: string
let directory: string
let store: Store & UserIndex

beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), "holdfast-"))
  directory = join(outside, "sessions-here")
  store = fileStore(directory, { sync: false })
})

afterEach(async () => {
  vi.useRealTimers()
  await rm(outside, { recursive: true })
})

function newRecord(some: Partial<SessionRecord> = {}): SessionRecord {
  const id = randomBytes(32).toString("hex")
  return { id, userId: null, payload: '{"v":1}', expiresAt: Date.now() + 3_600_000, ...some }
}

/** Removes a directory if it is there and empty. */
function isRemoved(path: string): boolean {
  try {
    rmdirSync(path)
    return true
  } catch {
    return false
  }
}

async function everything(): Promise<string[]> {
  return (await readdir(outside, { recursive: true })).sort()
}

describe("fileStore", () => {
  it("goes nowhere with an id that is not 64 hex digits", async () => {
    const before = await everything()
    const good = newRecord().id
    for (const id of [
      "",
      ".",
      "..",
      "../../planted",
      good.toUpperCase(),
      `${good}\n`,
      `${good}/..`,
      `x/${good}`,
    ]) {
      for (const userId of [null, "u"]) {
        const record = newRecord({ id, userId })
        expect(await store.create(record)).toBeUndefined()
        expect(await store.replace(record, "1-0000000000000000")).toBeUndefined()
      }
      expect(await store.read(id)).toBeUndefined()
      expect(await store.touch(id, Date.now() + 1000, "1-0000000000000000")).toBe(false)
      expect(await store.delete(id)).toBe(false)
    }
    expect(await everything()).toEqual(before)
  })

  it("follows no link put in a session's place", async () => {
    const record = newRecord()
    const elsewhere = fileStore(join(outside, "elsewhere"), { sync: false })
    const version = await elsewhere.create(record)
    const target = join(outside, "elsewhere/sessions", record.id)
    await symlink(target, join(directory, "sessions", record.id))
    expect(await store.read(record.id)).toBeUndefined()
    expect(await store.replace({ ...record, payload: "changed" }, version!)).toBeUndefined()
    expect(await store.touch(record.id, Date.now() + 9_000_000, version!)).toBe(false)
    expect(await store.delete(record.id)).toBe(false)
    expect(await store.create({ ...record, payload: "new" })).toBeUndefined()
    vi.useFakeTimers({ now: Date.now() + 7_200_000, toFake: ["Date"] })
    expect(await store.clearExpired()).toBe(0)
    vi.useRealTimers()
    expect(await elsewhere.read(record.id)).toEqual({ record, version })
  })

  it("follows no link put in a file's place, and sweeps it away", async () => {
    const record = newRecord()
    const version = (await store.create(record)) as string
    const file = join(directory, "sessions", record.id, version)
    const target = join(outside, "precious")
    await writeFile(target, '["root","{}"]')
    await utimes(target, FUTURE, FUTURE)
    await rm(file)
    await symlink(target, file)
    expect(await store.read(record.id)).toBeUndefined()
    expect(await store.replace({ ...record, payload: "changed" }, version)).toBeUndefined()
    expect(await store.touch(record.id, Date.now() + 9_000_000, version)).toBe(false)
    expect(await store.clearExpired()).toBe(1)
    expect(await readFile(target, "utf8")).toBe('["root","{}"]')
    expect(await readdir(join(directory, "sessions"))).toEqual([])
  })

  it("follows no link put in the place of a user's index or of a part of the store", async () => {
    const target = join(outside, "precious")
    await mkdir(target)
    await symlink(target, join(directory, "users", hash("sha256", "mallory")))
    const record = newRecord({ userId: "mallory" })
    await expect(store.create(record)).rejects.toThrow("not a directory")
    expect(await store.read(record.id)).toBeUndefined() // what can't be listed is not written
    expect(await store.listByUser("mallory")).toEqual([])
    await rm(join(directory, "new"), { recursive: true })
    await symlink(target, join(directory, "new"))
    expect(() => fileStore(directory)).toThrow(TypeError)
    expect(await readdir(target)).toEqual([])
  })

  it("refuses to start in a directory that others can write to", async () => {
    await chmod(directory, 0o770)
    expect(() => fileStore(directory)).toThrow(/fileStore\(directory\) must not be writable by others/)
    expect(() => fileStore("")).toThrow(TypeError)
  })

  it("takes a session whose file is not whole for absent, and frees its place", async () => {
    for (const text of ["", '["u"', "[1]\0\0", "null", "\0\0\0\0"]) {
      const record = newRecord()
      const version = (await store.create(record)) as string
      const file = join(directory, "sessions", record.id, version)
      await writeFile(file, text)
      await utimes(file, FUTURE, FUTURE)
      expect(await store.read(record.id)).toBeUndefined()
      await rm(file)
      expect(await store.create(record)).toBeDefined()
      expect((await store.read(record.id))?.record).toEqual(record)
    }
  })

  it("leaves the file of a writer that may still come, and removes it once it can't", async () => {
    const record = newRecord()
    const version = await store.create(record)
    const place = join(directory, "sessions", record.id)
    await writeFile(join(place, `2-${"a".repeat(16)}`), "[]")
    await store.clearExpired()
    expect(await readdir(place)).toHaveLength(3)
    await store.replace(record, version!)
    expect(await readdir(place)).toHaveLength(2)
    await writeFile(join(place, `2-${"b".repeat(16)}`), "[]")
    await store.clearExpired()
    expect(await readdir(place)).toHaveLength(2)
  })

  it("sweeps what a deletion that was cut short has left, and makes the session anew over it", async () => {
    const [one, other] = [newRecord(), newRecord()]
    for (const { id } of [one, other]) {
      const place = join(directory, "sessions", id)
      await mkdir(place)
      await writeFile(join(place, `7-${"a".repeat(16)}`), '[null,"old"]')
    }
    expect(await store.read(one.id)).toBeUndefined()
    expect(await store.create(one)).toBeDefined()
    expect((await store.read(one.id))?.record).toEqual(one)
    expect(await store.clearExpired()).toBe(0)
    expect(await readdir(join(directory, "sessions"))).toEqual([one.id])
  })

  it("leaves what is being made ready, and sweeps away what has been for long", async () => {
    const staging = join(directory, "new")
    await mkdir(join(staging, "f".repeat(32)))
    await writeFile(join(staging, "f".repeat(32), `1-${"a".repeat(16)}`), "[]")
    await store.clearExpired()
    expect(await readdir(staging)).toEqual(["f".repeat(32)])
    vi.useFakeTimers({ now: Date.now() + 3_600_001, toFake: ["Date"] })
    await store.clearExpired()
    expect(await readdir(staging)).toEqual([])
  })

  it("lists a user's first session also where the user's directory is swept before it is in there", async () => {
    const root = join(directory, "users")
    const place = join(root, hash("sha256", "u"))
    const users = fileUsers(root, { sync: false, owner: undefined })
    let isOver = false
    let isSwept = true
    let sweeps = 0
    const sweep = (): void => {
      for (let attempt = 0; attempt < 100 && !isSwept; attempt++) isSwept = isRemoved(place)
      if (!isOver) setImmediate(sweep)
    }
    sweep()
    for (let round = 0; round < 20; round++) {
      const { id } = newRecord()
      isSwept = false
      await users.add("u", id)
      sweeps += Number(isSwept)
      isSwept = true
      expect(await users.ids("u")).toEqual([id])
      await rm(place, { recursive: true })
    }
    isOver = true
    expect(sweeps).toBeGreaterThan(0)
  })

  it("lists every session that was created while others were listing", async () => {
    const records = Array.from({ length: 60 }, () => newRecord({ userId: "busy" }))
    let isOver = false
    const listing = async (): Promise<void> => {
      while (!isOver) await store.listByUser("busy")
    }
    const listeners = [listing(), listing(), listing()]
    for (const record of records) {
      await store.create(record)
      expect((await store.listByUser("busy")).map(({ id }) => id)).toContain(record.id)
    }
    isOver = true
    await Promise.all(listeners)
    expect(await store.listByUser("busy")).toHaveLength(60)
  })

  it("deletes a session under the hands of those who write it", async () => {
    for (let round = 0; round < 60; round++) {
      const record = newRecord()
      let version = await store.create(record)
      const writing = (async () => {
        while (version !== undefined) version = await store.replace(record, version)
      })()
      // A little later each time, so that the deletion meets the writer in each of its steps.
      for (let wait = 0; wait < round % 10; wait++) await store.read(newRecord().id)
      expect(await store.delete(record.id)).toBe(true)
      await writing
      expect(await store.read(record.id)).toBeUndefined()
    }
    expect(await readdir(join(directory, "sessions"))).toEqual([])
  })

  it("heals the user's index: entries that lead nowhere go, and with the last one the user", async () => {
    const [gone, kept] = [newRecord({ userId: "u" }), newRecord({ userId: "u", expiresAt: Date.now() + 1e8 })]
    await store.create(gone)
    await store.create(kept)
    await store.delete(gone.id)
    const entries = join(directory, "users", hash("sha256", "u"))
    expect(await readdir(entries)).toHaveLength(2)
    await store.clearExpired()
    expect(await store.listByUser("u")).toEqual([kept])
    expect(await readdir(entries), "it may be that of a session about to be written").toHaveLength(2)
    vi.useFakeTimers({ now: Date.now() + 3_600_001, toFake: ["Date"] })
    await store.clearExpired()
    expect(await readdir(entries)).toEqual([kept.id])
    await store.delete(kept.id)
    expect(await store.listByUser("u")).toEqual([])
    expect(await readdir(entries)).toEqual([])
    await store.clearExpired()
    expect(await readdir(join(directory, "users"))).toEqual([])
  })

  it("finds a session whose creation was cut off before it, and another one that took its id", async () => {
    const record = newRecord({ userId: "u" })
    await store.create(record)
    await store.delete(record.id)
    vi.useFakeTimers({ now: Date.now() + 3_600_001, toFake: ["Date"] })
    const again = { ...record, expiresAt: Date.now() + 3_600_000 }
    const [created] = await Promise.all([store.create(again), store.listByUser("u"), store.listByUser("u")])
    expect(created).toBeDefined()
    expect(await store.listByUser("u")).toEqual([again])
  })

  it("stops clearing when told to, and goes on another time", async () => {
    const records = Array.from({ length: 10 }, () => newRecord({ expiresAt: Date.now() + 1000 }))
    for (const record of records) await store.create(record)
    vi.useFakeTimers({ now: Date.now() + 2000, toFake: ["Date"] })
    const stop = new AbortController()
    const onProgress = (removed: number): void => {
      if (removed === 4) stop.abort()
    }
    expect(await store.clearExpired({ batchSize: 2, onProgress, signal: stop.signal })).toBe(4)
    expect(await store.clearExpired()).toBe(6)
  })
})
