import { hash } from "node:crypto"
import { readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { fileStore } from "../../src/stores/file/index.ts"
import { canMount, mountDisk, type SmallDisk } from "../fixtures/small-disk.ts"
import { cookieOf } from "../laws/concurrency.ts"

type Data = { n?: number; big?: string }

const REFUSED = expect.objectContaining({ code: "ERR_SESSION_STORE" })

async function onDisk(
  options: string,
  check: (disk: SmallDisk, sessions: Sessions<Data>) => Promise<void>,
): Promise<void> {
  const disk = mountDisk(options)
  try {
    await check(disk, createSessions<Data>({ store: fileStore(join(disk.directory, "s")) }))
  } finally {
    disk.unmount()
  }
}

async function signIn(sessions: Sessions<Data>, user: string): Promise<string> {
  const session = await sessions.open({}).load()
  session.login(user)
  return cookieOf((await sessions.commit(session)).headers)
}

describe.skipIf(!canMount)("sessions in files", () => {
  it("fail one by one on a full or read-only disk, lose nothing, and go on when there is room", () =>
    onDisk("size=256k", async (disk, sessions) => {
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

      disk.fill()
      await expect(write(2)).rejects.toEqual(REFUSED)
      expect(await kept()).toBe(1)
      disk.empty()
      await write(3)
      expect(await kept()).toBe(3)

      disk.remount("ro")
      await expect(write(4)).rejects.toEqual(REFUSED)
      expect(await kept()).toBe(3)
      disk.remount("rw")
      await write(5)
      expect(await kept()).toBe(5)
    }))

  it("fail without ending the process", () =>
    onDisk("size=1m", async (disk) => {
      const store = fileStore(join(disk.directory, "s"))
      const dying = { id: "d".repeat(32), userId: null, payload: "", expiresAt: Date.now() + 200 }
      const living = { ...dying, id: "1".repeat(32), expiresAt: Date.now() + 3_600_000 }
      await store.create(dying)
      const version = (await store.create(living))!
      await sleep(250)
      disk.remount("ro")
      let unhandled = 0
      const count = (): void => {
        unhandled++
      }
      process.on("unhandledRejection", count)
      for (let turn = 0; turn < 50; turn++)
        for (const work of [
          () => store.clearExpired(),
          () => store.touch(living.id, 1, version),
          () => store.touch(living.id, Date.now() + 60_000, version),
          () => store.replace(living, version),
          () => store.replace({ ...living, expiresAt: 1 }, version),
          () => store.create({ ...living, id: "2".repeat(32) }),
          () => store.delete(living.id),
        ])
          await expect(work()).rejects.toMatchObject({ code: "EROFS" })
      await sleep(50)
      process.off("unhandledRejection", count)
      expect(unhandled).toBe(0)
    }))

  // Every number of free inodes, so that each step of a login is the one that fails.
  it.each(
    Array.from({ length: 8 }, (_, free) => free),
  )("leave nothing behind where a login finds %i inodes", (free) =>
    onDisk("size=1m,nr_inodes=60", async (disk, sessions) => {
      const cookie = await signIn(sessions, "ada")
      const fillers = takeInodes(disk)
      for (const filler of fillers.splice(0, free)) rmSync(filler)
      const before = readdirSync(disk.directory, { recursive: true })
      const isIn = await signIn(sessions, "bob").then(
        () => true,
        (error) => {
          expect(error).toEqual(REFUSED)
          return false
        },
      )
      expect(isIn).toBe(free >= 5) // the session, its two files, and the user's directory and entry
      if (!isIn) expect(readdirSync(disk.directory, { recursive: true })).toEqual(before)

      const session = await sessions.open({ cookie }).load()
      expect(session.userId).toBe("ada")
      session.logout()
      await sessions.commit(session)
      expect((await sessions.open({ cookie }).load()).userId).toBeNull()
      for (const filler of fillers) rmSync(filler)
      await signIn(sessions, "carol")
    }))

  it("are found by their user where another one's creation under the same id failed beside", () =>
    onDisk("size=1m,nr_inodes=60", async (disk) => {
      const store = fileStore(join(disk.directory, "s"))
      const record = {
        id: "a".repeat(32),
        userId: "u",
        payload: "x".repeat(100),
        expiresAt: Date.now() + 60_000,
      }
      for (let round = 0; round < 30; round++) {
        const fillers = takeInodes(disk)
        for (const filler of fillers.splice(0, 2 + (round % 6))) rmSync(filler)
        const creations = [1, 2, 3, 4].map(() => store.create(record).catch(() => undefined))
        await Promise.all(creations)
        for (const filler of fillers) rmSync(filler)
        const isThere = (await store.read(record.id)) !== undefined
        expect(await store.listByUser("u")).toHaveLength(isThere ? 1 : 0)
        await store.delete(record.id)
        rmSync(join(disk.directory, "s/users", hash("sha256", "u")), { recursive: true, force: true })
      }
    }))
})

/** Takes all inodes; the paths of the files that hold them. */
function takeInodes({ directory }: SmallDisk): string[] {
  const fillers: string[] = []
  try {
    for (;;) {
      const path = join(directory, `filler-${fillers.length}`)
      writeFileSync(path, "")
      fillers.push(path)
    }
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" })
  }
  return fillers
}
