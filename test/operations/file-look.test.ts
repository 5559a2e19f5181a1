import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { createSessions } from "../../src/index.ts"
import { fileStore } from "../../src/stores/file/index.ts"
import { canBeNobody, NOBODY, runAsNobody } from "../fixtures/nobody.ts"
import { canMount, mountDisk } from "../fixtures/small-disk.ts"
import { snapshot } from "../fixtures/snapshot.ts"
import { holdfast } from "../laws/cli-run.ts"
import { signIn } from "../laws/cli-sessions.ts"

const ID = "0".repeat(32)
const LOOKS = [
  ["list", "--user", "ada"],
  ["show", ID],
  ["clear-expired", "--dry-run"],
]
const WORK = [["clear-expired"], ["revoke", ID], ["revoke", "--user", "ada"], ["revoke", "--all", "--yes"]]
const ALL = [...LOOKS, ...WORK, ["doctor"]]

let outside: string
let directory: string
let store: string
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), "holdfast-"))
  directory = join(outside, "s")
  store = `file:${directory}`
})
afterEach(() => {
  vi.useRealTimers()
  return rm(outside, { recursive: true })
})

async function said(command: readonly string[], from = store): Promise<string> {
  const { stdout, stderr } = await holdfast(command, { store: from })
  return stdout + stderr
}

describe("a look at a directory", () => {
  it("that is not there, or no directory, or another one, makes nothing", async () => {
    await writeFile(join(outside, "notes.txt"), "")
    await mkdir(join(outside, "site/uploads"), { recursive: true })
    await chmod(join(outside, "site"), 0o777) // which is nobody's fault
    const before = snapshot(outside)
    for (const command of ALL) {
      expect(await said(command)).toContain(`There is no ${directory}; the web application makes it`)
      expect(await said(command, `file:${outside}/notes.txt`)).toContain(
        `${outside}/notes.txt is not a directory`,
      )
      expect(await said(command, `file:${outside}/site`)).toContain(
        `There are no sessions in ${outside}/site`,
      )
    }
    expect(await said(["list", "--user", "ada"])).toMatch(/^holdfast: There is no /)
    expect(snapshot(outside)).toEqual(before)
  })

  it("that only has a part of the same name takes nothing from it", async () => {
    // What clearing would take for what a writer who died has left.
    await mkdir(join(directory, "sessions", ID), { recursive: true })
    await writeFile(join(directory, "sessions", ID, "thesis.txt"), "for which nobody has a copy")
    const before = snapshot(outside)
    for (const command of LOOKS) expect(await said(command)).not.toMatch(/ENOENT/)
    for (const command of WORK)
      expect(await said(command), command.join(" ")).toMatch(
        /There is no .*s\/new, no .*s\/users: is this a directory of sessions\?|No live|has no|0 records/,
      )
    expect((await holdfast(["clear-expired"], { store })).code).toBe(3)
    expect(await said(["doctor"])).toContain("✗ directory")
    expect(snapshot(outside)).toEqual(before)
  })

  it("changes nothing, and shows what is in it", async () => {
    const [id = ""] = await signIn(store, "ada")
    const before = snapshot(outside)
    expect(await said(["list", "--user", "ada"])).toContain(id)
    expect(await said(["show", id])).toContain("ada")
    await said(["clear-expired", "--dry-run"])
    expect(snapshot(outside)).toEqual(before)
  })
})

describe.skipIf(!canMount)("a directory on a disk that is mounted read-only", () => {
  it("can be looked at, and doctor says why it can't be written", async () => {
    const disk = mountDisk("size=16m")
    try {
      const url = `file:${disk.directory}/s`
      const [id = ""] = await signIn(url, "ada", "bob")
      // One that the index still has, since long ago.
      const old = await fileStore(join(disk.directory, "s")).listByUser("bob")
      await fileStore(join(disk.directory, "s")).delete(old[0]!.id)
      disk.remount("ro")
      expect(await said(["list", "--user", "ada"], url)).toContain(id)
      vi.useFakeTimers({ now: Date.now() + 2 * 3_600_000, toFake: ["Date"] })
      expect(await said(["list", "--user", "bob"], url)).toBe('"bob" has no sessions\n')
      vi.useRealTimers()
      const { code, stdout } = await holdfast(["doctor"], { store: url })
      expect(code).toBe(1)
      expect(stdout).toMatch(/✗ access {6}.*\n.*mounted read-only/)
      expect((await holdfast(["revoke", id], { store: url })).stderr).toContain(
        "EROFS: read-only file system",
      )
    } finally {
      disk.unmount()
    }
  })
})

describe.skipIf(!canBeNobody)("a directory of another user", () => {
  it("is told to be one where it may not be looked into", async () => {
    await chmod(outside, 0o755)
    await signIn(store, "ada")
    for (const command of [["list", "--user", "ada"], ["clear-expired"], ["doctor"]]) {
      const { code, stdout, stderr } = runAsNobody(command, store)
      expect(stdout + stderr).toContain("This user may not look into")
      expect(code).toBe(3)
    }
  })

  it("stays that user's when root works on it", async () => {
    await chmod(outside, 0o755)
    await mkdir(directory, { mode: 0o700 })
    await chown(directory, NOBODY, NOBODY)
    const [id = ""] = await signIn(store, "ada", "bob")
    const names = ["", ...(await readdir(directory, { recursive: true }))]
    const owners = async (): Promise<number[]> =>
      Promise.all(names.map(async (name) => (await lstat(join(directory, name))).uid))
    expect(new Set(await owners())).toEqual(new Set([NOBODY]))
    expect(names.length).toBeGreaterThan(10)
    expect(await said(["revoke", id])).toBe("Ended 1 session\n")
    expect(await said(["doctor"])).not.toContain("✗")
    expect(runAsNobody(["show", id], store).code).toBe(1)
    expect(runAsNobody(["list", "--user", "bob"], store).code).toBe(0)
    expect(runAsNobody(["doctor"], store)).toMatchObject({ code: 0 })
    expect(runAsNobody(["clear-expired"], store)).toMatchObject({ code: 0 })
  })
})

describe("a directory of sessions whose staging directory is missing", () => {
  it("can be looked at, and migrate makes it whole", async () => {
    const [id = ""] = await signIn(store, "ada")
    for (const part of ["new", "users"]) await rm(join(directory, part), { recursive: true })
    expect(await said(["show", id])).toContain("ada")
    expect(await said(["doctor"])).toMatch(/There is no .*new, no .*users\. Run: holdfast migrate/)
    expect((await holdfast(["migrate"], { store })).code).toBe(0)
    expect(await said(["doctor"])).not.toContain("✗")
    const sessions = createSessions({ store: fileStore(directory) })
    expect(await sessions.revoke(id)).toBe(true)
  })
})
