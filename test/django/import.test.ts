import { DatabaseSync } from "node:sqlite"
import { afterEach, describe, expect, it, vi } from "vitest"
import { recordTooLarge } from "../../src/core/store.ts"
import {
  djangoLogin,
  djangoSessions,
  djangoSigner,
  importDjango,
  importedSessions,
} from "../../src/django/index.ts"
import { createSessions, type Outcome, type Session, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

const secretKey = "secret"
const cookie = { name: "sessionid", secure: false }

/** A Django table with so many signed-in visitors, and their cookies. */
async function site(visitors: number): Promise<{ database: DatabaseSync; cookies: string[] }> {
  const database = new DatabaseSync(":memory:")
  database.exec(
    "CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY, session_data text, expire_date datetime)",
  )
  const sessions = djangoSessions({ engine: "db", database, secretKey })
  const cookies: string[] = []
  for (let id = 1; id <= visitors; id++) {
    const session = await sessions.open({}).load()
    djangoLogin(session, { id, password: "hash" })
    cookies.push(cookieOf(await sessions.commit(session))!)
  }
  return { database, cookies }
}

function cookieOf({ headers }: Outcome): string | undefined {
  return headers.find(([name]) => name === "set-cookie")?.[1].split(";")[0]
}

async function use(sessions: Sessions, cookie: string | undefined, handler: (session: Session) => unknown) {
  const session = await sessions.open({ cookie }).load()
  await handler(session)
  const { userId } = session
  return { userId, cookie: cookieOf(await sessions.commit(session)) }
}

afterEach(() => {
  vi.useRealTimers()
})

describe("moving over from Django", () => {
  it("keeps everyone signed in, under a new token, and the key works until that has been in use for the grace", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const { database, cookies } = await site(25)
    const store = memoryStore()
    const from = { database, secretKey }
    const reports: number[] = []
    const onProgress = ({ imported }: { imported: number }): void => void reports.push(imported)
    const options = { batchSize: 10, onProgress }
    expect(await importDjango(from, store, options)).toEqual({ imported: 25, present: 0, unreadable: 0 })
    expect(reports).toEqual([10, 20, 25])
    expect(await importDjango(from, store)).toEqual({ imported: 0, present: 25, unreadable: 0 })

    const sessions = importedSessions({ store, cookie })
    for (const [handler, id] of [
      [({ data }: Session) => data.a, "1"],
      [({ data }: Session) => Object.assign(data, { a: 1 }), "2"],
      [(session: Session) => session.update((data) => Object.assign(data, { a: 1 })), "3"],
    ] as const) {
      const key = cookies[Number(id) - 1]!
      const first = await use(sessions, key, handler)
      expect(first.userId).toBe(id)
      expect(first.cookie).toMatch(/^sessionid=[0-9a-f]{32}\.[\w-]{43}$/)
      expect(await use(sessions, key, () => {})).toEqual({ userId: id, cookie: first.cookie })
      const second = await use(createSessions({ store, cookie }), first.cookie, ({ data }) => {
        if (id !== "1") expect(data.a).toBe(1)
      })
      expect(second).toEqual({ userId: id, cookie: undefined })
      vi.setSystemTime(Date.now() + 60_000)
      await use(sessions, first.cookie, () => {})
      expect((await use(sessions, key, () => {})).userId).toBeNull()
      expect((await use(sessions, first.cookie, () => {})).userId).toBe(id)
    }
  })

  it("lets an anonymous visitor keep the key until the login", async () => {
    const { database } = await site(0)
    const shared = djangoSessions({ engine: "db", database, secretKey })
    const { cookie: key } = await use(shared, undefined, ({ data }) => Object.assign(data, { cart: 1 }))
    const store = memoryStore()
    await importDjango({ database, secretKey }, store)
    const sessions = importedSessions({ store, cookie })
    expect(await use(sessions, key, ({ data }) => Object.assign(data, { cart: 2 }))).toEqual({
      userId: null,
      cookie: undefined,
    })
    const signedIn = await use(sessions, key, (session) => session.login("ada"))
    expect(signedIn.cookie).toMatch(/^sessionid=[0-9a-f]{32}\./)
    expect((await use(sessions, key, () => {})).userId).toBeNull()
    expect((await use(sessions, signedIn.cookie, ({ data }) => expect(data.cart).toBe(2))).userId).toBe("ada")
  })

  it("ends a session by its old cookie too", async () => {
    const { database, cookies } = await site(1)
    const store = memoryStore()
    await importDjango({ database, secretKey }, store)
    const sessions = importedSessions({ store, cookie })
    await use(sessions, cookies[0], (session) => session.logout())
    expect((await use(sessions, cookies[0], () => {})).userId).toBeNull()
  })

  it("leaves behind what can't be believed, and nothing usable in the store", async () => {
    const { database, cookies } = await site(2)
    const key = cookies[0]!.slice("sessionid=".length)
    database.prepare("UPDATE django_session SET session_data = 'x' WHERE session_key = ?").run(key)
    const store = memoryStore()
    expect(await importDjango({ database, secretKey }, store)).toMatchObject({ imported: 1, unreadable: 1 })
    const [record] = await store.listByUser("2")
    expect(JSON.stringify(record)).not.toContain(cookies[1]!.slice("sessionid=".length))
    expect(record!.id).toMatch(/^[0-9a-f]{32}$/)
  })

  it("counts what no store can keep as unreadable, and goes on", async () => {
    const { database, cookies } = await site(1)
    const signer = djangoSigner("django.contrib.sessions.SessionStore", { secretKey })
    const insert = database.prepare("INSERT INTO django_session VALUES (?, ?, ?)")
    const text = (id: unknown): string => signer.sign(Buffer.from(JSON.stringify({ _auth_user_id: id })))
    const later = "2099-01-01 00:00:00"
    for (const [n, row] of [
      [text("a".repeat(256)), later],
      [text("a\0b"), later],
      [text(""), later],
      [text("\ud800"), later],
      [Buffer.from("x"), later],
      [text("1"), Buffer.from("x")],
    ].entries())
      insert.run(String(n).padStart(32, "0"), ...(row as [string, string]))
    insert.run("f".repeat(32), text("large"), later)
    const store = memoryStore()
    const small: typeof store = {
      ...store,
      async create(record) {
        if (record.userId === "large") throw recordTooLarge("the store takes no record of this size")
        return store.create(record)
      },
    }
    expect(await importDjango({ database, secretKey }, small)).toEqual({
      imported: 1,
      present: 0,
      unreadable: 7,
    })
    expect(await store.listByUser("1")).toHaveLength(1)
    expect(cookies).toHaveLength(1)
  })
})
