import { spawn } from "node:child_process"
import { mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { djangoSessions } from "../../src/django/index.ts"
import type { Session, Sessions } from "../../src/index.ts"

const secretKey = "secret"
let directory: string
let sessions: Sessions
let warnings: string[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-files-"))
  warnings = []
  const warn = (message: string): void => void warnings.push(message)
  sessions = djangoSessions({ engine: "file", filePath: directory, secretKey, warn })
})
afterEach(() => rm(directory, { recursive: true }))

async function use<Result>(key: string | undefined, handler: (session: Session) => Result): Promise<Result> {
  const session = await sessions.open({ cookie: `sessionid=${key}` }).load()
  const result = await handler(session)
  await sessions.commit(session)
  return result
}

/** Makes a session; gives its key and its file. */
async function make(change: (session: Session) => void): Promise<{ key: string; path: string }> {
  const session = await sessions.open({}).load()
  change(session)
  await sessions.commit(session)
  return { key: session.id, path: join(directory, `sessionid${session.id}`) }
}

const isNew = (key: string): Promise<boolean> => use(key, (session) => session.isNew)

describe("Django's session files", () => {
  it("are for their owner alone, and the only thing in the directory", async () => {
    const { key, path } = await make(({ data }) => Object.assign(data, { a: 1 }))
    await use(key, ({ data }) => Object.assign(data, { a: 2 }))
    expect(await readdir(directory)).toEqual([`sessionid${key}`])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it("count an expiry in seconds from their last change, which Django itself does not", async () => {
    const { key, path } = await make((session) => {
      session.data.a = 1
      session.setExpiry(60)
    })
    const at = (secondsAgo: number): Promise<void> => {
      const instant = new Date(Date.now() - secondsAgo * 1000)
      return utimes(path, instant, instant)
    }
    await at(50)
    expect(await isNew(key)).toBe(false)
    await at(61)
    expect(await isNew(key)).toBe(true)
    expect(await readdir(directory)).toHaveLength(1)
  })

  it("are not looked for through a link", async () => {
    const { key } = await make(({ data }) => Object.assign(data, { a: 1 }))
    const planted = "b".repeat(32)
    await symlink(join(directory, `sessionid${key}`), join(directory, `sessionid${planted}`))
    expect(await isNew(planted)).toBe(true)
  })

  it("are none while Django has only made room for one", async () => {
    const key = "c".repeat(32)
    await writeFile(join(directory, `sessionid${key}`), "")
    expect(await isNew(key)).toBe(true)
    expect(warnings).toEqual([])
  })

  it("are cleared when dead, with what writers that died left behind", async () => {
    const live = await make(({ data }) => Object.assign(data, { a: 1 }))
    const dead = await make((session) => {
      session.data.a = 1
      session.setExpiry(60)
    })
    const leftover = join(directory, `sessionid${"d".repeat(32)}_out_12345`)
    const stranger = join(directory, "sessionid_of_another_program")
    const old = new Date(Date.now() - 86_400_000)
    for (const path of [leftover, stranger]) await writeFile(path, "x")
    for (const path of [leftover, stranger, dead.path]) await utimes(path, old, old)
    expect(await sessions.clearExpired()).toBe(1)
    expect((await readdir(directory)).sort()).toEqual(
      [`sessionid${live.key}`, "sessionid_of_another_program"].sort(),
    )
  })

  it("lose nothing to parallel writers in several processes", async () => {
    const { key, path } = await make(({ data }) => Object.assign(data, { count: 0 }))
    const program = `
      import { djangoSessions } from ${JSON.stringify(import.meta.resolve("../../src/django/index.ts"))}
      const sessions = djangoSessions({ engine: "file", filePath: ${JSON.stringify(directory)}, secretKey: "secret" })
      for (let n = 0; n < 10; n++) {
        const session = await sessions.open({ cookie: "sessionid=${key}" }).load()
        session.data["key" + process.pid + "-" + n] = n
        await session.update((data) => { data.count += 1 })
        await sessions.commit(session)
      }`
    const run = (): Promise<number | null> =>
      new Promise((resolve) => {
        const args = ["--input-type=module-typescript", "-e", program]
        spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] }).on("close", resolve)
      })
    expect(await Promise.all([run(), run(), run()])).toEqual([0, 0, 0])
    const { count, keys } = await use(key, ({ data }) => ({
      count: data.count,
      keys: Object.keys(data).length,
    }))
    expect({ count, keys }).toEqual({ count: 30, keys: 31 })
    expect(await readdir(directory)).toHaveLength(1)
    expect(await readFile(path, "latin1")).not.toBe("")
  })

  it("are written under a lock that outlives no dead writer", async () => {
    const { key, path } = await make(({ data }) => Object.assign(data, { a: 1 }))
    await writeFile(`${path}_lock`, "")
    const started = Date.now()
    await use(key, ({ data }) => Object.assign(data, { a: 2 }))
    expect(await use(key, ({ data }) => data.a)).toBe(2)
    expect(Date.now() - started).toBeGreaterThan(500)
    expect(await readdir(directory)).toHaveLength(1)
  })

  it("need a directory that is there", () => {
    const filePath = join(directory, "missing")
    expect(() => djangoSessions({ engine: "file", filePath, secretKey })).toThrow(/filePath/)
  })
})
