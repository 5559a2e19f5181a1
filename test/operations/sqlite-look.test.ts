import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { canBeNobody, runAsNobody } from "../fixtures/nobody.ts"
import { canMount, mountDisk } from "../fixtures/small-disk.ts"
import { snapshot } from "../fixtures/snapshot.ts"
import { holdfast } from "../laws/cli-run.ts"
import { leaveDead, signIn } from "../laws/cli-sessions.ts"

const ID = "0".repeat(32)
/** What changes nothing, whatever it meets. */
const LOOKS = [
  ["list", "--user", "ada"],
  ["show", ID],
  ["clear-expired", "--dry-run"],
]
/** What changes nothing where there are no sessions. */
const WORK = [
  ["doctor"],
  ["clear-expired"],
  ["revoke", ID],
  ["revoke", "--user", "ada"],
  ["revoke", "--all", "--yes"],
]

let directory: string
let path: string
let store: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-"))
  path = join(directory, "sessions.db")
  store = `sqlite:${path}`
})
afterEach(() => rm(directory, { recursive: true }))

function foreignDatabase(mode: "DELETE" | "WAL"): void {
  const database = new DatabaseSync(path)
  database.exec(
    `PRAGMA journal_mode = ${mode}; CREATE TABLE orders (id, total); INSERT INTO orders VALUES (1, 5)`,
  )
  database.close()
}

async function said(command: readonly string[], from = store): Promise<string> {
  const { stdout, stderr } = await holdfast(command, { store: from })
  return stdout + stderr
}

describe("a look at a SQLite file", () => {
  it.each([
    "DELETE",
    "WAL",
  ] as const)("that is another application's, in mode %s, leaves it as it is", async (mode) => {
    foreignDatabase(mode)
    const before = snapshot(directory)
    for (const command of [...LOOKS, ...WORK]) {
      const { code } = await holdfast(command, { store })
      expect(await said(command)).toContain(`There is no table holdfast_sessions in ${path}`)
      expect(await said(command)).toContain("holdfast migrate")
      expect(code, command.join(" ")).toBe(command[0] === "doctor" ? 1 : 3)
      expect(snapshot(directory), command.join(" ")).toEqual(before)
    }
  })

  it("says that a mistyped table is not there, and makes none", async () => {
    await signIn(store, "ada")
    const before = snapshot(directory)
    for (const command of [...LOOKS, ...WORK])
      expect(await said(command, `${store}?table=typo`)).toContain(`There is no table typo in ${path}`)
    expect(snapshot(directory)).toEqual(before)
  })

  it("says that a table is another one", async () => {
    foreignDatabase("DELETE")
    for (const command of LOOKS)
      expect(await said(command, `${store}?table=orders`)).toMatch(/no such column/)
    expect(await said(["doctor"], `${store}?table=orders`)).toContain("The table has no user_id, payload")
  })

  it("says that nothing is there, or nothing that is a database", async () => {
    const notes = join(directory, "notes.txt")
    await writeFile(notes, "no database, but something that somebody wrote")
    await mkdir(join(directory, "folder"))
    await writeFile(join(directory, "empty.db"), "")
    const before = snapshot(directory)
    for (const command of [...LOOKS, ...WORK]) {
      expect(await said(command, `sqlite:${path}`)).toContain(
        `There is no ${path}; the web application makes it`,
      )
      expect(await said(command, `sqlite:${notes}`)).toContain(`${notes} is not a SQLite database`)
      expect(await said(command, `sqlite:${directory}/folder`)).toContain(
        `${directory}/folder is a directory`,
      )
      expect(await said(command, `sqlite:${directory}/empty.db`)).toContain(
        "There is no table holdfast_sessions",
      )
    }
    expect(snapshot(directory)).toEqual(before)
  })

  it("makes no file beside one that is closed, and shows what is in it", async () => {
    const [id = ""] = await signIn(store, "ada")
    await leaveDead(store, 3)
    const before = snapshot(directory)
    expect(await said(["list", "--user", "ada"])).toContain(id)
    expect(await said(["show", id])).toContain("ada")
    expect(await said(["clear-expired", "--dry-run"])).toBe("3 sessions would be removed\n")
    expect(snapshot(directory)).toEqual(before)
  })

  it("shows what an application that runs has written by now", async () => {
    await signIn(store, "bob")
    const database = new DatabaseSync(path)
    const sessions = createSessions({ store: sqlStore(database) })
    const session = await sessions.open({}).load()
    session.login("ada")
    await sessions.commit(session)
    const before = snapshot(directory)
    expect(await said(["show", session.id])).toContain("ada")
    delete before["sessions.db-shm"] // readers note there how far they read
    expect(snapshot(directory)).toMatchObject(before)
    database.close()
  })
})

describe("a look at a SQLite file whose application was killed", () => {
  it("reads what is in its log, and leaves both as they are", async () => {
    const database = new DatabaseSync(path)
    database.exec("PRAGMA journal_mode = WAL")
    await sqlStore(database).migrate()
    const sessions = createSessions({ store: sqlStore(database) })
    const session = await sessions.open({}).load()
    session.login("ada")
    await sessions.commit(session)
    for (const name of ["", "-wal", "-shm"]) await copyFile(`${path}${name}`, `${path}.left${name}`)
    database.close()
    const left = snapshot(directory)
    expect(await said(["show", session.id], `${store}.left`)).toContain("ada")
    delete left["sessions.db.left-shm"]
    expect(snapshot(directory)).toMatchObject(left)
  })
})

describe("a command that changes a SQLite file", () => {
  it.each(["DELETE", "WAL"])("works on what is there, and leaves it in mode %s", async (mode) => {
    const database = new DatabaseSync(path)
    database.exec(`PRAGMA journal_mode = ${mode}`)
    await sqlStore(database).migrate()
    const sessions = createSessions({ store: sqlStore(database) })
    const session = await sessions.open({}).load()
    session.login("ada")
    await sessions.commit(session)
    database.close()
    const before = await readdir(directory)
    expect((await holdfast(["doctor"], { store })).code).toBe(0)
    expect(await said(["revoke", session.id])).toBe("Ended 1 session\n")
    expect((await holdfast(["show", session.id], { store })).code).toBe(1)
    expect(await said(["revoke", "--all", "--yes"])).toBe("Removed 1 record\n")
    expect(await said(["clear-expired"])).toMatch(/^Removed 0 sessions/)
    expect(await readdir(directory)).toEqual(before)
    const again = new DatabaseSync(path)
    expect(again.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: mode.toLowerCase() })
    again.close()
  })
})

describe.skipIf(!canMount)("a SQLite file on a disk that is mounted read-only", () => {
  async function onReadOnly(prepare: (url: string) => Promise<void>, look: (url: string) => Promise<void>) {
    const disk = mountDisk("size=16m")
    try {
      const url = `sqlite:${disk.directory}/sessions.db`
      await prepare(url)
      disk.remount("ro")
      await look(url)
    } finally {
      disk.unmount()
    }
  }

  it("can be looked at, and doctor says why it can't be written", () =>
    onReadOnly(
      async (url) => void (await signIn(url, "ada")),
      async (url) => {
        expect(await said(["list", "--user", "ada", "--json"], url)).toContain('"userId": "ada"')
        const { code, stdout } = await holdfast(["doctor"], { store: url })
        expect(code).toBe(1)
        expect(stdout).toMatch(/✗ access {6}.*\n.*mounted read-only/)
        for (const command of [["clear-expired"], ["revoke", "--user", "ada"]]) {
          const failed = await holdfast(command, { store: url })
          expect(failed.code).toBe(3)
          expect(failed.stderr).toMatch(/sessions\.db can't be used: .* must be writable\n$/)
        }
      },
    ))

  it("says what to do where its log was left behind", () =>
    onReadOnly(
      async (url) => {
        await signIn(url, "ada")
        const file = url.slice("sqlite:".length)
        const database = new DatabaseSync(file)
        database.exec("CREATE TABLE other (id)")
        await copyFile(file, `${file}.copy`)
        await copyFile(`${file}-wal`, `${file}.copy-wal`)
        database.close()
      },
      async (url) => {
        const { code, stderr } = await holdfast(["list", "--user", "ada"], { store: `${url}.copy` })
        expect(code).toBe(3)
        expect(stderr).toMatch(/sessions\.db\.copy can't be read: .* copy the file together with its -wal/)
      },
    ))
})

describe.skipIf(!canBeNobody)("a SQLite file of another user", () => {
  it("can be looked at where it may be read, and says so where it may not", async () => {
    await signIn(store, "ada")
    await chmod(directory, 0o755)
    const before = snapshot(directory)
    expect(runAsNobody(["list", "--user", "ada", "--json"], store).stdout).toContain('"userId": "ada"')
    const doctor = runAsNobody(["doctor"], store)
    expect(doctor.code).toBe(1)
    expect(doctor.stdout).toMatch(/✗ access {6}.*\n.*This user may not write .*sessions\.db/)
    expect(doctor.stdout).toMatch(/✓ trial +left out/)
    expect(doctor.stdout).toContain("✓ round trip")
    expect(snapshot(directory)).toEqual(before)
    await chmod(path, 0o600)
    const refused = runAsNobody(["list", "--user", "ada"], store)
    expect(refused.code).toBe(3)
    expect(refused.stderr).toMatch(
      /: This user may not read .*sessions\.db\. Ask as the user whose file it is\n$/,
    )
  })
})
