import { execFileSync, spawnSync } from "node:child_process"
import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as sqlite from "node:sqlite"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { fileStore } from "../../src/stores/file/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { startSite } from "../fixtures/site-process.ts"
import { holdfast } from "../laws/cli-run.ts"
import { findProgram } from "../services/server.ts"

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "holdfast-"))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Takes a backup while visitors come and go; all who were there all the while are signed in where it is restored. */
async function survive(live: string, restored: string, backup: () => Promise<unknown>): Promise<void> {
  const site = startSite(live, "visitor")
  try {
    for (let turn = 1; turn <= 2; turn++) {
      await expect.poll(() => site.said("in").length, { timeout: 20_000 }).toBeGreaterThan(turn * 60)
      const begun = Date.now()
      await backup()
      const ended = Date.now()
      await site.heard()
      const stayed = [...site.signedIn(begun, ended)]
      expect(stayed.length).toBeGreaterThan(turn * 5)
      const store = await storeFromUrl(restored)
      const sessions = createSessions({ store })
      const stays = new Set(stayed.map(([user]) => user))
      // Others are there or not, but if they are, they are whole, and found by their user.
      for (const [user = "", cookie = ""] of site.said("in")) {
        const { userId } = await sessions.open({ cookie }).load()
        expect(userId).toBe(stays.has(user) || userId ? user : null)
        expect(await sessions.list(user)).toHaveLength(userId ? 1 : 0)
      }
      expect(await sessions.revokeUser(stayed[0]![0])).toBe(1)
      await store.close()
      expect((await holdfast(["doctor"], { store: restored })).stdout).not.toContain("✗")
      for (const name of ["", "-wal", "-shm", "-reserve"])
        rmSync(restored.replace(/^\w+:/, "") + name, { recursive: true, force: true })
    }
  } finally {
    await site.kill()
  }
}

describe("a backup of a SQLite file that is written to", () => {
  const path = (): string => join(directory, "sessions.db")
  const copy = (): string => join(directory, "backup.db")
  const survived = (backup: (database: sqlite.DatabaseSync) => unknown): Promise<void> =>
    survive(`sqlite:${path()}`, `sqlite:${copy()}`, async () => {
      const database = new sqlite.DatabaseSync(path(), { readOnly: true })
      database.exec("PRAGMA busy_timeout = 5000")
      await backup(database)
      database.close()
    })

  it(
    "is whole by VACUUM INTO",
    () => survived((database) => database.exec(`VACUUM INTO '${copy()}'`)),
    60_000,
  )

  it.skipIf(!("backup" in sqlite))(
    "is whole by backup() of node:sqlite",
    () => survived((database) => sqlite.backup(database, copy())),
    60_000,
  )

  it.skipIf(!findProgram("sqlite3"))(
    "is whole by .backup of sqlite3",
    () => survived(() => execFileSync("sqlite3", [path(), `.backup ${copy()}`])),
    60_000,
  )

  it("lacks by cp what is in the log, and has it once the application has closed the file", async () => {
    const store = sqliteStore(path())
    await store.create({ id: "a".repeat(32), userId: "ada", payload: "{}", expiresAt: Date.now() + 60_000 })
    copyFileSync(path(), copy())
    const young = await holdfast(["list", "--user", "ada"], { store: `sqlite:${copy()}` })
    expect(young.stderr).toContain("There is no table holdfast_sessions in")
    await store.close()
    copyFileSync(path(), copy())
    const restored = sqliteStore(copy())
    expect(await restored.listByUser("ada")).toHaveLength(1)
    await restored.close()
  })
})

describe("a backup of a directory of files that is written to", () => {
  const live = (): string => join(directory, "live")
  const copy = (): string => join(directory, "backup")
  const ways: Readonly<Record<string, readonly [command: string, allowed: readonly number[]]>> = {
    // Told that a file went while it was copied, by these codes.
    "cp -a": ["mkdir -m 700 backup && cp -a live/sessions backup/; cp -a live/users backup/", [0, 1]],
    "rsync -a": [
      "mkdir -m 700 backup && rsync -a live/sessions backup/; rsync -a live/users backup/",
      [0, 24],
    ],
    tar: [
      "mkdir -m 700 backup && tar -cf b.tar --format=posix -C live sessions users; tar -xf b.tar --warning=no-timestamp -C backup; rm b.tar",
      [0, 1],
    ],
  }

  it.each(Object.entries(ways).filter(([name]) => findProgram(name.split(" ")[0]!)))(
    "is whole by %s",
    async (_, [command, allowed]) => {
      await survive(`file:${live()}`, `file:${copy()}`, async () => {
        const { status } = spawnSync("sh", ["-c", command], { cwd: directory, encoding: "utf8" })
        expect(allowed).toContain(status)
        await holdfast(["migrate"], { store: `file:${copy()}` })
      })
    },
    60_000,
  )

  it("has the deadlines and versions of the original", async () => {
    const store = fileStore(live())
    const record = { id: "a".repeat(32), userId: "ada", payload: "{}", expiresAt: Date.now() + 60_000 }
    const version = await store.create(record)
    execFileSync("cp", ["-a", live(), copy()])
    expect(await fileStore(copy()).read(record.id)).toEqual({ record, version })
  })
})
