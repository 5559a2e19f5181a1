import { chmod, mkdtemp, open, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { migrationSql } from "../../src/stores/sql/index.ts"
import { findingsOf } from "../fixtures/findings.ts"
import { canMountFuse, mountFuse } from "../fixtures/fuse.ts"
import { canMount, mountDisk } from "../fixtures/small-disk.ts"
import { holdfast } from "../laws/cli-run.ts"
import { signIn } from "../laws/cli-sessions.ts"

let directory: string
let path: string
let store: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-"))
  path = join(directory, "sessions.db")
  store = `sqlite:${path}`
})
afterEach(() => rm(directory, { recursive: true }))

async function inDatabase(statements: string): Promise<void> {
  const database = new DatabaseSync(path)
  database.exec(statements)
  database.close()
}

describe("doctor on a SQLite file", () => {
  it("finds nothing wrong with a good one, and says what it is like", async () => {
    await signIn(store, "ada")
    const found = await findingsOf(store)
    expect(Object.values(found).filter(({ problem }) => problem)).toEqual([])
    expect(found.size!.value).toMatch(/^\d+ KiB, \d+% of it free for new sessions$/)
    expect(found.integrity!.value).toBe("whole")
    expect(found.disk!.value).toMatch(/GiB free/)
  })

  it("finds that it is damaged", async () => {
    await signIn(store, ...Array.from({ length: 100 }, (_, number) => `user ${number}`))
    const { size } = await stat(path)
    await using file = await open(path, "r+")
    await file.write(Buffer.alloc(8192, 0x55), 0, 8192, Math.floor(size / 8192) * 4096)
    const { integrity, trial } = await findingsOf(store)
    expect(integrity!.problem).toMatch(
      /^The file is damaged \(.+\)\. Stop the application, then put a backup/,
    )
    expect(trial!.value).toContain("left out")
  })

  it("says that it is damaged where nothing of it can be read", async () => {
    await signIn(store, "ada")
    await using file = await open(path, "r+")
    await file.write(Buffer.alloc(4000, 0x55), 0, 4000, 96)
    const { code, stderr } = await holdfast(["doctor"], { store })
    expect(code).toBe(3)
    expect(stderr).toMatch(/can't be read: database disk image is malformed\. Put a backup in its place/)
  })

  it("finds that ids are not unique, since the table was copied", async () => {
    await inDatabase(`${migrationSql("sqlite", { table: "old" })}
      CREATE TABLE holdfast_sessions AS SELECT * FROM old; CREATE INDEX ids ON holdfast_sessions (id)`)
    expect((await findingsOf(store)).table!.problem).toMatch(/ids are not unique.*holdfast migrate/)
  })

  it("finds that indexes are missing, which migrate makes", async () => {
    await inDatabase(`${migrationSql("sqlite")} DROP INDEX holdfast_sessions_expires_at`)
    expect((await findingsOf(store)).table!.problem).toMatch(
      /^There is no index on expires_at, .*holdfast migrate$/,
    )
    await inDatabase("DROP INDEX holdfast_sessions_user_id")
    expect((await findingsOf(store)).table!.problem).toMatch(/no index on expires_at and user_id/)
    await holdfast(["migrate"], { store })
    expect((await findingsOf(store)).table!.problem).toBeUndefined()
  })

  it("finds that others may write it, and remarks that they may read it", async () => {
    await signIn(store, "ada")
    await chmod(path, 0o666)
    expect((await findingsOf(store)).permissions!.problem).toMatch(/Other users .* may write .* chmod 600$/)
    await chmod(path, 0o640)
    expect((await findingsOf(store)).permissions).toEqual({
      name: "permissions",
      value: "0640",
      remark: expect.stringMatching(/may read what sessions hold; chmod 600/),
    })
    await chmod(path, 0o600)
    expect((await findingsOf(store)).permissions).toEqual({ name: "permissions", value: "0600" })
  })

  it("finds that a reader never ends, and then that most of the file is empty", async () => {
    await signIn(store, "ada")
    const [reader, writer] = [new DatabaseSync(path), new DatabaseSync(path)]
    reader.exec("BEGIN; SELECT * FROM holdfast_sessions")
    writer.exec("PRAGMA synchronous = OFF; CREATE TABLE other (data)")
    for (let turn = 0; turn < 17; turn++) writer.exec("INSERT INTO other VALUES (zeroblob(4 << 20))")
    writer.exec("DELETE FROM other")
    expect((await findingsOf(store)).log!.problem).toMatch(/connection that reads without end .* close it$/)
    reader.close()
    writer.exec("PRAGMA wal_checkpoint(TRUNCATE)")
    const { log, size, integrity } = await findingsOf(store)
    expect(log!.problem).toBeUndefined()
    expect(size!.problem).toBe(
      "The file is mostly empty. To give the room back to the disk, run VACUUM in sqlite3",
    )
    expect(integrity!.value).toMatch(/^not checked/)
    writer.close()
  })

  it("says that the log is not turned on yet", async () => {
    await inDatabase(migrationSql("sqlite"))
    expect((await findingsOf(store)).log).toEqual({ name: "log", value: "none; the application turns it on" })
  })
})

describe.skipIf(!canMount)("doctor on a SQLite file on a disk", () => {
  it("finds that it is nearly full", async () => {
    const disk = mountDisk("size=16m")
    try {
      const url = `sqlite:${disk.directory}/sessions.db`
      await signIn(url, "ada")
      expect((await findingsOf(url)).disk!.problem).toBeUndefined()
      disk.fill()
      const found = await findingsOf(url)
      expect(found.disk!.problem).toMatch(/^The disk is nearly full\. Make room: logins are refused/)
      expect(found.table!.problem).toBeUndefined()
    } finally {
      disk.unmount()
    }
  })
})

describe.skipIf(!canMountFuse)("doctor on a SQLite file on a file system of another machine", () => {
  it("finds that it is one", async () => {
    const fuse = mountFuse()
    try {
      const url = `sqlite:${fuse.directory}/sessions.db`
      await signIn(url, "ada")
      expect((await findingsOf(url))["file system"]).toMatchObject({
        value: "FUSE",
        problem: expect.stringMatching(/Locks and renames are not sure.*Use a directory on a local disk/),
      })
    } finally {
      fuse.unmount()
    }
  })
})
