import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { startSite } from "../fixtures/site-process.ts"
import { canMount, mountDisk, type SmallDisk } from "../fixtures/small-disk.ts"
import { cookieOf } from "../laws/concurrency.ts"

const REFUSED = expect.objectContaining({ code: "ERR_SESSION_STORE", statusCode: 503 })

const WAIT = { timeout: 20_000 }

type Data = { text?: string }

let disk: SmallDisk
beforeEach(() => {
  if (canMount) disk = mountDisk("size=64m")
})
afterEach(() => {
  if (canMount) disk.unmount()
})

const PLACES = {
  sqlite: () => `sqlite:${disk.directory}/sessions.db`,
  files: () => `file:${disk.directory}/sessions`,
}

describe.skipIf(!canMount).each(Object.entries(PLACES))("a full disk under sessions in %s", (_, urlOf) => {
  async function withSessions(check: (sessions: Sessions<Data>) => Promise<void>): Promise<void> {
    const store = await storeFromUrl(urlOf())
    try {
      await check(createSessions<Data>({ store }))
    } finally {
      await store.close()
    }
  }

  it("refuses logins, lets sessions end, and takes logins again once there is room", () =>
    withSessions(async (sessions) => {
      const early = await signInAll(sessions, 80)
      disk.fill()
      const late = await signInUntilRefused(sessions)
      const users = [...early, ...late]
      expect(await signedIn(sessions, users)).toEqual(users.map(({ user }) => user))
      for (let turn = 0; turn < 30; turn++) {
        await signOut(sessions, users.pop()!)
        await signOut(sessions, users.shift()!)
        // What an end sets free is kept for the next one.
        if (turn % 10 === 0) users.push(...(await signInUntilRefused(sessions)))
        disk.fill()
      }
      await expect(signIn(sessions, "late")).rejects.toEqual(REFUSED)
      expect(await signedIn(sessions, users)).toEqual(users.map(({ user }) => user))
      disk.empty()
      users.push(await signIn(sessions, "at last"))
      expect(await signedIn(sessions, users)).toEqual(users.map(({ user }) => user))
      expect(await sessions.revoke(users.at(-1)!.id)).toBe(true)
    }))

  it("lets a user's sessions be revoked, and says that the revocation could not be noted", () =>
    withSessions(async (sessions) => {
      const one = await signIn(sessions, "ada")
      const other = await signIn(sessions, "ada")
      disk.fill()
      await signInUntilRefused(sessions)
      await expect(sessions.revokeUser("ada")).rejects.toEqual(REFUSED)
      expect(await signedIn(sessions, [one, other])).toEqual([null, null])
    }))

  it("lets dead sessions be cleared", () =>
    withSessions(async (sessions) => {
      for (const { cookie } of await signInAll(sessions, 100)) {
        const session = await sessions.open({ cookie }).load()
        session.setExpiry(1)
        await sessions.commit(session)
      }
      disk.fill()
      await signInUntilRefused(sessions)
      await sleep(1100)
      expect(await sessions.clearExpired()).toBeGreaterThanOrEqual(100)
    }))

  it("lets sessions end in several processes, while each of them tries to take new ones", async () => {
    const sites = ["one", "other", "third"].map((name) => startSite(urlOf(), name))
    const said = (word: string): string[][] => sites.flatMap((site) => site.said(word))
    try {
      for (const site of sites) await expect.poll(() => site.said("in").length, WAIT).toBeGreaterThan(400)
      disk.fill()
      await expect.poll(() => said("refused").length, WAIT).toBeGreaterThan(10)
      const { length } = said("out")
      await expect.poll(() => said("out").length, WAIT).toBeGreaterThan(length + 150)
      expect(said("stays")).toEqual([])
    } finally {
      for (const site of sites) await site.kill()
    }
  }, 60_000)

  it("damages nothing when processes are killed on it, and lets the next ones start", async () => {
    await withSessions(async (sessions) => void (await signIn(sessions, "first")))
    const cookies = new Map<string, string>()
    const told = { in: 0, refused: 0, out: 0 }
    for (let round = 0; round < 5; round++) {
      disk.fill()
      const sites = ["one", "other"].map((name) => startSite(urlOf(), `${name}-${round}`))
      const said = (word: string): string[][] => sites.flatMap((site) => site.said(word))
      try {
        await expect.poll(() => said("ready"), WAIT).toHaveLength(2)
        disk.empty()
        await expect.poll(() => said("in").length, WAIT).toBeGreaterThan(100)
        disk.fill()
        for (const site of sites)
          await expect.poll(() => site.said("refused").length, WAIT).toBeGreaterThan(0)
        await sleep(Math.random() * 300)
      } finally {
        for (const site of sites) await site.kill()
      }
      expect(said("stays")).toEqual([])
      for (const site of sites)
        for (const [user, cookie] of site.signedIn(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY))
          cookies.set(user, cookie)
      told.in += said("in").length
      told.refused += said("refused").length
      told.out += said("out").length
    }
    expect(Math.min(told.in, told.refused, told.out)).toBeGreaterThan(0)
    await withSessions(async (sessions) => {
      const users = [...cookies].map(([user, cookie]) => ({ user, cookie }))
      expect(await signedIn(sessions, users)).toEqual(users.map(({ user }) => user))
      disk.empty()
      await signInAll(sessions, 20)
    })
    if (urlOf !== PLACES.sqlite) return
    const database = new DatabaseSync(join(disk.directory, "sessions.db"))
    expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" })
    database.close()
  }, 120_000)
})

interface Visitor {
  readonly user: string
  readonly cookie: string
  readonly id: string
}

async function signIn(sessions: Sessions<Data>, user: string): Promise<Visitor> {
  const session = await sessions.open({}).load()
  session.login(user)
  session.data.text = "x".repeat(2000)
  return { user, cookie: cookieOf((await sessions.commit(session)).headers), id: session.id }
}

async function signInAll(sessions: Sessions<Data>, count: number): Promise<Visitor[]> {
  const visitors: Visitor[] = []
  while (visitors.length < count) visitors.push(await signIn(sessions, `user ${visitors.length}`))
  return visitors
}

/** Signs visitors in as long as there is room. */
async function signInUntilRefused(sessions: Sessions<Data>): Promise<Visitor[]> {
  const visitors: Visitor[] = []
  try {
    for (;;) visitors.push(await signIn(sessions, `another ${visitors.length}`))
  } catch (error) {
    expect(error).toEqual(REFUSED)
  }
  return visitors
}

/** Who is signed in by each of the cookies. */
function signedIn(
  sessions: Sessions<Data>,
  visitors: readonly Pick<Visitor, "cookie">[],
): Promise<(string | null)[]> {
  return Promise.all(visitors.map(async ({ cookie }) => (await sessions.open({ cookie }).load()).userId))
}

async function signOut(sessions: Sessions<Data>, { cookie, user }: Visitor): Promise<void> {
  const session = await sessions.open({ cookie }).load()
  expect(session.userId).toBe(user)
  session.logout()
  await sessions.commit(session)
  expect((await sessions.open({ cookie }).load()).userId).toBeNull()
}
