import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { newCookie } from "./crowd.ts"

const STORE_FAILED = { code: "ERR_SESSION_STORE", statusCode: 503 }

describe("sessions in SQLite", () => {
  let directory: string
  let path: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-"))
    path = join(directory, "sessions.db")
    await sqliteStore(path).close()
  })
  afterEach(() => rm(directory, { recursive: true }))

  async function withDatabase(
    options: { readOnly?: boolean },
    check: (database: DatabaseSync, sessions: Sessions<{ n?: number; text?: string }>) => Promise<void>,
  ): Promise<void> {
    const database = new DatabaseSync(path, options)
    try {
      await check(database, createSessions({ store: sqlStore(database) }))
    } finally {
      database.close()
    }
  }

  it("fail one by one while the disk is full, lose nothing, and go on when there is room", () =>
    withDatabase({}, async (database, sessions) => {
      const cookie = await newCookie(sessions)
      const { page_count: pages } = database.prepare("PRAGMA page_count").get() as { page_count: number }
      database.exec(`PRAGMA max_page_count = ${pages}`)
      const large = await sessions.open({}).load()
      large.data.text = "x".repeat(100_000)
      await expect(Promise.resolve(sessions.commit(large))).rejects.toMatchObject(STORE_FAILED)
      expect((await sessions.open({ cookie }).load()).data).toEqual({ n: 1 })
      database.exec("PRAGMA max_page_count = 100000")
      const next = await sessions.open({}).load()
      next.data.text = "x".repeat(100_000)
      await sessions.commit(next)
      const session = await sessions.open({ cookie }).load()
      session.data.n = 2
      await sessions.commit(session)
      expect((await sessions.open({ cookie }).load()).data).toEqual({ n: 2 })
    }))

  it("are read from a file that nobody may write, and fail to be saved", async () => {
    let cookie = ""
    await withDatabase({}, async (_, sessions) => {
      cookie = await newCookie(sessions)
    })
    await withDatabase({ readOnly: true }, async (_, sessions) => {
      const session = await sessions.open({ cookie }).load()
      expect(session.data).toEqual({ n: 1 })
      session.data.n = 2
      await expect(Promise.resolve(sessions.commit(session))).rejects.toMatchObject(STORE_FAILED)
    })
  })

  it.each([
    "",
    "null",
    "[]",
    "{}",
    '{"v":1,"createdAt":1,"expiry":null,"data":',
    "\u0000",
    "\\",
  ])("begin afresh when what is stored is %j, and say so", (payload) =>
    withDatabase({}, async (database) => {
      const warn = vi.fn()
      const sessions = createSessions<{ n?: number }>({ store: sqlStore(database), warn })
      const cookie = await newCookie(sessions)
      database.prepare("UPDATE holdfast_sessions SET payload = ?").run(payload)
      const next = await sessions.open({ cookie }).load()
      expect(next.data).toEqual({})
      expect(next.isNew).toBe(true)
      expect(warn).toHaveBeenCalledOnce()
    }))
})
