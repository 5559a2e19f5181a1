import { execFileSync } from "node:child_process"
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { fileStore } from "../../src/stores/file/index.ts"
import { findingsOf } from "../fixtures/findings.ts"
import { canMountFuse, mountFuse } from "../fixtures/fuse.ts"
import { canBeNobody, NOBODY, runAsNobody } from "../fixtures/nobody.ts"
import { canMount, mountDisk } from "../fixtures/small-disk.ts"
import { signIn } from "../laws/cli-sessions.ts"

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

describe("doctor on a directory of sessions", () => {
  it("finds nothing wrong with a good one, and says what it is like", async () => {
    await signIn(store, "ada", "bob")
    const found = await findingsOf(store)
    expect(Object.values(found).filter(({ problem }) => problem)).toEqual([])
    expect(found.sessions!.value).toBe("2 live, 0 dead")
    expect(found.deadlines!.value).toBe("kept")
  })

  it("finds that others may look into it", async () => {
    const [id = ""] = await signIn(store, "ada")
    await chmod(directory, 0o755)
    expect((await findingsOf(store)).permissions!.value).toBe("private") // what is in it is
    await chmod(join(directory, "sessions"), 0o755)
    const opened = await findingsOf(store)
    expect(opened.permissions!.problem).toBe(
      `Other users of this machine may look into it. Run: chmod -R go= ${directory}`,
    )
    execFileSync("sh", ["-c", opened.permissions!.problem!.split("Run: ")[1]!])
    expect((await findingsOf(store)).permissions!.problem).toBeUndefined()
    execFileSync("chmod", ["-R", "go+r", join(directory, "sessions", id)])
    expect((await findingsOf(store)).permissions!.problem).toBeDefined()
  })

  it("finds that it was copied without its times, and not where it was copied with them", async () => {
    await signIn(store, "ada", "bob")
    execFileSync("cp", ["-a", directory, `${directory}-whole`])
    execFileSync("cp", ["-r", directory, `${directory}-bare`])
    execFileSync("chmod", ["-R", "go=", `${directory}-bare`])
    expect((await findingsOf(`${store}-whole`)).deadlines!.problem).toBeUndefined()
    const { deadlines, sessions } = await findingsOf(`${store}-bare`)
    expect(deadlines!.problem).toMatch(
      /everybody in it is signed out\. Copy .* again, with cp -a or rsync -a$/,
    )
    expect(sessions!.value).toBe("0 live, 2 dead")
    vi.useFakeTimers({ now: Date.now() + 3_600_000, toFake: ["Date"] })
    expect((await findingsOf(store)).deadlines!.value, "dead by time").toBe("kept")
  })

  it("finds that more sessions are dead than alive", async () => {
    const sessions = fileStore(directory, { sync: false })
    for (let number = 0; number < 1100; number++) {
      const id = number.toString(16).padStart(64, "0")
      const expiresAt = Date.now() + (number % 10 === 0 ? 3_600_000 : 500)
      await sessions.create({ id, userId: null, payload: "", expiresAt })
    }
    vi.useFakeTimers({ now: Date.now() + 1000, toFake: ["Date"] })
    const found = await findingsOf(store)
    expect(found.sessions!.value).toMatch(/^\d+ live, \d{3} dead, of 1,000 that were looked at$/)
    expect(found.sessions!.problem).toMatch(/^More sessions are dead than alive\. Run holdfast clear-expired/)
  })

  it("finds what processes that died have left, when nobody clears it away", async () => {
    await signIn(store, "ada")
    await mkdir(join(directory, "new", "f".repeat(32)))
    await writeFile(join(directory, "new", "f".repeat(32), `1-${"0".repeat(16)}`), "[]")
    expect((await findingsOf(store)).leftovers!.value).toBe("none")
    vi.useFakeTimers({ now: Date.now() + 3 * 86_400_000, toFake: ["Date"] })
    expect((await findingsOf(store)).leftovers).toMatchObject({
      value: "1 unfinished",
      problem: expect.stringContaining("Run holdfast clear-expired"),
    })
    await fileStore(directory).clearExpired()
    expect((await findingsOf(store)).leftovers!.value).toBe("none")
  })
})

describe.skipIf(!canBeNobody)("doctor on a directory of sessions in which root has worked", () => {
  it("finds what the application can't read, as root and as the application", async () => {
    await chmod(outside, 0o755)
    const [id = ""] = await signIn(store, "ada", "bob")
    execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, directory])
    expect((await findingsOf(store)).owner).toEqual({ name: "owner", value: "65534:65534" })
    await chown(join(directory, "sessions", id), 0, 0)
    const advice = `Run: chown -R 65534:65534 ${directory}`
    expect((await findingsOf(store)).owner!.problem).toContain(advice)
    expect(runAsNobody(["doctor"], store).stdout).toContain(advice)
  })
})

describe.skipIf(!canMount)("doctor on a directory of sessions on a disk", () => {
  it("finds that it is nearly full, of bytes or of inodes", async () => {
    for (const options of ["size=16m", "size=16m,nr_inodes=40"]) {
      const disk = mountDisk(options)
      try {
        const url = `file:${disk.directory}/s`
        await signIn(url, "ada")
        expect((await findingsOf(url)).disk!.problem).toBeUndefined()
        if (options.includes("inodes"))
          for (let number = 0; number < 40; number++)
            await writeFile(join(disk.directory, `${number}`), "").catch(() => {})
        else disk.fill()
        const found = await findingsOf(url)
        expect(found.disk!.problem).toBe("The disk is nearly full. Run holdfast clear-expired, or make room")
        expect(
          Object.values(found)
            .map(({ problem }) => problem)
            .join(),
        ).toContain("ENOSPC")
      } finally {
        disk.unmount()
      }
    }
  })
})

describe.skipIf(!canMountFuse)(
  "doctor on a directory of sessions on a file system of another machine",
  () => {
    it("finds that it is one", async () => {
      const fuse = mountFuse()
      try {
        await signIn(`file:${fuse.directory}/s`, "ada")
        const found = await findingsOf(`file:${fuse.directory}/s`)
        expect(found["file system"]!.problem).toContain("Use a directory on a local disk")
      } finally {
        fuse.unmount()
      }
    })
  },
)
