import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { fileStore } from "../../src/stores/file/index.ts"
import { cookieOf } from "../laws/concurrency.ts"

// A small file system of its own can be full and read-only, which needs root: permissions do not stop root.
const directory = mkdtempSync(join(tmpdir(), "holdfast-full-"))
const mount = (...args: string[]): boolean => spawnSync("mount", [...args, directory]).status === 0
const isMounted = process.getuid?.() === 0 && mount("-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs")
if (!isMounted)
  console.warn("\n*** SKIPPED: no file system can be mounted here: a full disk is left untested ***\n")

afterAll(() => {
  if (isMounted) spawnSync("umount", [directory])
  rmSync(directory, { recursive: true })
})

describe.skipIf(!isMounted)("sessions in files", () => {
  it("fail one by one on a full or read-only disk, lose nothing, and go on when there is room", async () => {
    const sessions = createSessions<{ n: number; big: string }>({ store: fileStore(directory) })
    const session = await sessions.open({}).load()
    session.data.n = 1
    const cookie = cookieOf((await sessions.commit(session)).headers)
    const write = async (n: number): Promise<void> => {
      const changed = await sessions.open({ cookie }).load()
      changed.data.n = n
      changed.data.big = "x".repeat(20_000)
      await sessions.commit(changed)
    }
    const kept = async (): Promise<number | undefined> => (await sessions.open({ cookie }).load()).data.n
    const refused = expect.objectContaining({ code: "ERR_SESSION_STORE" })

    const filler = join(directory, "filler")
    expect(() => writeFileSync(filler, Buffer.alloc(1_000_000))).toThrow(/ENOSPC/)
    await expect(write(2)).rejects.toEqual(refused)
    expect(await kept()).toBe(1)
    rmSync(filler)
    await write(3)
    expect(await kept()).toBe(3)

    expect(mount("-o", "remount,ro")).toBe(true)
    await expect(write(4)).rejects.toEqual(refused)
    expect(await kept()).toBe(3)
    expect(mount("-o", "remount,rw")).toBe(true)
    await write(5)
    expect(await kept()).toBe(5)
  })
})
