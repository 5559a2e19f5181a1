import { createHash, randomBytes } from "node:crypto"
import { expect, it } from "vitest"
import {
  type SqlDatabase,
  type SqlStore,
  type SqlStoreOptions,
  sqlStore,
} from "../../src/stores/sql/index.ts"
import { everyLaw } from "./every-law.ts"

/** A database as an application has it. */
export interface OpenedDatabase {
  readonly database: SqlDatabase
  readonly close: () => Promise<unknown>
}

/** What holds for every SQL database, and however it was handed over. */
export function sqlLaws(
  name: string,
  open: () => Promise<OpenedDatabase>,
  options: Pick<SqlStoreOptions, "prepare"> = {},
): void {
  async function withStores(
    check: (newStore: (table?: string) => SqlStore) => Promise<unknown>,
  ): Promise<void> {
    const { database, close } = await open()
    try {
      await check((table = newTable()) => sqlStore(database, { ...options, table }))
    } finally {
      await close()
    }
  }

  everyLaw(name, async () => {
    const { database, close } = await open()
    const store = sqlStore(database, { ...options, table: newTable() })
    await store.migrate()
    return { store, close }
  })

  it("keeps two applications with two tables apart", () =>
    withStores(async (newStore) => {
      const [mine, theirs] = [newStore(), newStore()]
      await mine.migrate()
      await theirs.migrate()
      const record = newRecord({ userId: "alice" })
      const version = (await mine.create(record))!
      expect(await theirs.read(record.id)).toBeUndefined()
      expect(await theirs.touch(record.id, record.expiresAt, version)).toBe(false)
      expect(await theirs.delete(record.id)).toBe(false)
      expect(await theirs.listByUser("alice")).toEqual([])
      expect(await theirs.create({ ...record, payload: "theirs" })).toBeDefined()
      expect((await mine.read(record.id))?.record).toEqual(record)
    }))

  it("makes the table once, however many begin at once", () =>
    withStores(async (newStore) => {
      const store = newStore()
      await Promise.all(Array.from({ length: 10 }, () => store.migrate()))
      const record = newRecord()
      await store.create(record)
      await store.migrate()
      expect((await store.read(record.id))?.record).toEqual(record)
    }))

  it("touches a record to the deadline it already has", () =>
    withStores(async (newStore) => {
      const store = newStore()
      await store.migrate()
      const record = newRecord()
      const version = (await store.create(record))!
      expect(await store.touch(record.id, record.expiresAt, version)).toBe(true)
      const next = (await store.replace({ ...record, payload: "next" }, version))!
      expect(await store.touch(record.id, record.expiresAt, version)).toBe(false)
      expect(await store.touch(record.id, record.expiresAt, next)).toBe(true)
    }))

  it("takes an id and a user to the last character", () =>
    withStores(async (newStore) => {
      const store = newStore()
      await store.migrate()
      const record = newRecord({ userId: "résumé" })
      await store.create(record)
      for (const id of [`${record.id} `, record.id.toUpperCase()]) {
        expect(await store.read(id)).toBeUndefined()
        expect(await store.delete(id)).toBe(false)
      }
      for (const userId of ["résumé ", "Résumé", "resume", "re\u0301sume\u0301"])
        expect(await store.listByUser(userId)).toEqual([])
      expect(await store.listByUser("résumé")).toEqual([record])
    }))

  it("keeps a user of 255 characters of any kind", () =>
    withStores(async (newStore) => {
      const store = newStore()
      await store.migrate()
      const record = newRecord({ userId: "🦊".repeat(255) })
      await store.create(record)
      expect(await store.listByUser("🦊".repeat(255))).toEqual([record])
    }))

  it("clears side by side, all that is dead once and nothing else", () =>
    withStores(async (newStore) => {
      const store = newStore()
      await store.migrate()
      const dead = Array.from({ length: 60 }, (_, n) => newRecord({ expiresAt: n + 1 }))
      const live = Array.from({ length: 10 }, () => newRecord())
      for (const record of [...dead, ...live]) await store.create(record)
      const removed = await Promise.all([1, 2, 3].map(() => store.clearExpired({ batchSize: 7 })))
      const rest = await store.clearExpired({ batchSize: 7 })
      expect(removed.reduce((sum, some) => sum + some, rest)).toBe(60)
      for (const { id } of live) expect(await store.read(id)).toBeDefined()
    }))
}

/** The name of a table that no other test uses. */
export function newTable(): string {
  return `sessions_${randomBytes(6).toString("hex")}`
}

type Some = Parameters<SqlStore["create"]>[0]

function newRecord(some: Partial<Some> = {}): Some {
  const id = createHash("sha256").update(randomBytes(32)).digest("hex")
  return { id, userId: null, payload: "{}", expiresAt: Date.now() + 60_000, ...some }
}
