import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { fileStore } from "../../src/stores/file/index.ts"

const WRITER = join(import.meta.dirname, "../fixtures/file-writer.ts")
const id = randomBytes(32).toString("hex")
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-"))
})

afterEach(async () => {
  vi.useRealTimers()
  await rm(directory, { recursive: true })
})

function writer(
  task: string,
  name: string,
): { child: ChildProcess; said: string[]; ready: Promise<unknown> } {
  const child = spawn(process.execPath, [WRITER, task, directory, id, name], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const said: string[] = []
  const lines = createInterface({ input: child.stdout! })
  lines.on("line", (line) => said.push(line))
  return { child, said, ready: Promise.race([once(lines, "line"), once(child, "exit")]) }
}

describe("a directory of sessions, shared by processes", () => {
  it("loses no write when several hammer one session", async () => {
    const store = fileStore(directory)
    await store.create({ id, userId: null, payload: "{}", expiresAt: Date.now() + 3_600_000 })
    const names = ["a", "b", "c", "d"]
    const codes = await Promise.all(
      names.map(async (name) => (await once(writer("count", name).child, "exit"))[0]),
    )
    expect(codes).toEqual([0, 0, 0, 0])
    const { record } = (await store.read(id))!
    expect(JSON.parse(record.payload)).toEqual({ all: 200, a: 50, b: 50, c: 50, d: 50 })
    expect(await readdir(join(directory, "sessions", id))).toHaveLength(2)
  })

  it("keeps every answered write whole, whenever the writer is killed", async () => {
    const store = fileStore(directory)
    const payload = JSON.stringify({ number: 0, filler: "" })
    await store.create({ id, userId: null, payload, expiresAt: Date.now() + 3_600_000 })
    const created = new Set<string>()
    for (let round = 0; round < 15; round++) {
      const { child, said, ready } = writer("write", `round ${round}`)
      await ready
      await sleep(Math.random() * 60)
      child.kill("SIGKILL")
      await once(child, "close")

      const told = (word: string): string[] =>
        said.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
      const { number, filler } = JSON.parse((await store.read(id))!.record.payload)
      const last = Number(told("wrote").at(-1) ?? 0)
      expect(number).toBeGreaterThanOrEqual(last)
      expect(filler).toBe(number === 0 ? "" : `${number} `.repeat(20_000))
      for (const one of told("created")) created.add(one)
      for (const one of told("deleting")) created.delete(one)
      for (const one of told("deleted")) expect(await store.read(one)).toBeUndefined()
      for (const one of created) expect((await store.read(one))?.record.payload).toContain("number")
    }

    const listed = (await store.listByUser("u")).map((record) => record.id)
    expect(listed).toEqual(expect.arrayContaining([...created]))

    // What the dead left is gone after the next write and a sweep.
    const found = (await store.read(id))!
    await store.replace(found.record, found.version)
    vi.useFakeTimers({ now: Date.now() + 2 * 3_600_000, toFake: ["Date"] })
    expect(await store.clearExpired()).toBe(listed.length + 1)
    for (const place of ["sessions", "new", "users"])
      expect(await readdir(join(directory, place))).toEqual([])
  })

  it("is for its user alone, whatever the umask", async () => {
    const path = join(directory, "made")
    await once(spawn(process.execPath, [WRITER, "bare", path, id], { stdio: "ignore" }), "exit")
    const modes = await Promise.all(
      ["", ...(await readdir(path, { recursive: true }))].map(async (name) => {
        const stats = await lstat(join(path, name))
        return [stats.isDirectory(), stats.mode & 0o777]
      }),
    )
    expect(modes.filter(([isDirectory]) => isDirectory)).toHaveLength(6)
    expect(modes.filter(([isDirectory]) => !isDirectory)).toHaveLength(3)
    for (const [isDirectory, mode] of modes) expect(mode).toBe(isDirectory ? 0o700 : 0o600)
  })
})
