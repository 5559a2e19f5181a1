import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { clockText, instantOf } from "../../src/django/clock.ts"
import {
  decodeSession,
  djangoLogin,
  djangoSessions,
  djangoSigner,
  verifySessionAuthHash,
} from "../../src/django/index.ts"
import { djangoTable } from "../../src/django/table.ts"
import type { Session, Sessions } from "../../src/index.ts"

const secretKey = "secret"

/** The table as Django's migration makes it. */
function newTable(): DatabaseSync {
  const database = new DatabaseSync(":memory:")
  database.exec(
    "CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, expire_date datetime NOT NULL)",
  )
  return database
}

function rows(database: DatabaseSync): { session_key: string; session_data: string; expire_date: string }[] {
  return database.prepare("SELECT * FROM django_session").all() as ReturnType<typeof rows>
}

async function request<Result>(
  sessions: Sessions,
  cookie: string | undefined,
  handler: (session: Session) => Result | Promise<Result>,
): Promise<{ result: Result; setCookie: string | undefined }> {
  const session = await sessions.open({ cookie }).load()
  const result = await handler(session)
  const { headers } = await sessions.commit(session)
  return { result, setCookie: headers.find(([name]) => name === "set-cookie")?.[1] }
}

describe("a request on Django's sessions", () => {
  it("sends no key that was ended after it made it", async () => {
    const sessions = djangoSessions({ engine: "db", database: newTable(), secretKey })
    const { setCookie } = await request(sessions, undefined, (session) =>
      djangoLogin(session, { id: 1, password: "x" }),
    )
    const session = await sessions.open({ cookie: setCookie!.split(";")[0]! }).load()
    session.rotate()
    await session.save()
    expect(await sessions.revoke(session.id)).toBe(true)
    expect(await sessions.commit(session)).toEqual({ result: "ended", headers: [["vary", "Cookie"]] })
  })

  it("that fails signs nobody out by a login", async () => {
    const sessions = djangoSessions({ engine: "db", database: newTable(), secretKey })
    const { setCookie } = await request(sessions, undefined, (session) =>
      djangoLogin(session, { id: 1, password: "x" }),
    )
    const cookie = setCookie!.split(";")[0]!
    for (const user of [
      { id: 2, password: "y" },
      { id: 1, password: "changed" },
    ]) {
      const session = await sessions.open({ cookie }).load()
      djangoLogin(session, user)
      expect((await sessions.commit(session, { status: 500 })).headers).toEqual([["vary", "Cookie"]])
      expect((await sessions.open({ cookie }).load()).userId).toBe("1")
    }
    const { setCookie: next } = await request(sessions, cookie, (session) =>
      djangoLogin(session, { id: 1, password: "changed" }),
    )
    expect((await sessions.open({ cookie: next! }).load()).userId).toBe("1")
    expect((await sessions.open({ cookie }).load()).userId).toBe(null)
  })

  it("touches no deadline that another has moved since", async () => {
    const database = newTable()
    const table = djangoTable({ database }, "UTC")
    const [id, expiresAt] = ["a".repeat(32), Date.now() + 60_000]
    const first = (await table.create({ id, userId: null, payload: "first", expiresAt }))!
    const second = (await table.replace({ id, userId: null, payload: "second", expiresAt }, first))!
    expect(await table.touch(id, expiresAt + 60_000, first)).toBe(false)
    expect(await table.touch(id, expiresAt + 60_000, second)).toBe(true)
    expect((await table.read(id))!.record.expiresAt).toBe(expiresAt + 60_000)
  })
})

describe("a session that gets another key", () => {
  const signIn = (session: Session): void => djangoLogin(session, { id: 1, password: "x" })

  it("goes on where the database's answer is lost", async () => {
    const database = newTable()
    const lossy = {
      exec: (text: string) => database.exec(text),
      prepare(text: string) {
        const statement = database.prepare(text)
        if (!text.includes("SET session_key")) return statement
        return {
          run(...parameters: string[]) {
            statement.run(...parameters)
            throw new Error("connection lost")
          },
        } as never
      },
    }
    const sessions = djangoSessions({ engine: "db", database: lossy, secretKey })
    const { setCookie: first } = await request(sessions, undefined, signIn)
    const { setCookie: second } = await request(sessions, first!.split(";")[0], (session) => session.rotate())
    expect(second).not.toBe(first)
    expect((await request(sessions, second!.split(";")[0], ({ userId }) => userId)).result).toBe("1")
    expect(rows(database)).toHaveLength(1)
  })

  it("is one row all the time, and one of two that rotate it wins", async () => {
    const database = newTable()
    const [one, other] = [0, 0].map(() => djangoSessions({ engine: "db", database, secretKey }))
    const { setCookie } = await request(one!, undefined, signIn)
    const cookie = setCookie!.split(";")[0]!
    const session = await one!.open({ cookie }).load()
    session.rotate()
    const { setCookie: next } = await request(other!, cookie, (late) => late.rotate())
    expect(await one!.commit(session)).toEqual({ result: "ended", headers: [["vary", "Cookie"]] })
    expect(rows(database).map((row) => row.session_key)).toEqual([/sessionid=(\w+)/.exec(next!)![1]])
  })

  it("ends where its own end has come", async () => {
    const database = newTable()
    const sessions = djangoSessions({ engine: "db", database, secretKey })
    const { setCookie } = await request(sessions, undefined, signIn)
    await request(sessions, setCookie!.split(";")[0], (session) => {
      session.rotate()
      session.setExpiry(new Date(Date.now() - 1000))
    })
    expect(rows(database)).toEqual([])
  })
})

describe("Django's table", () => {
  it.each([
    [{}, "UTC"],
    [{ useTz: false }, "America/Chicago"],
    [{ useTz: false, timeZone: "Asia/Kolkata" }, "Asia/Kolkata"],
  ])("gets rows as Django with %j writes them", async (clock, zone) => {
    const database = newTable()
    const sessions = djangoSessions({ engine: "db", database, secretKey, ...clock })
    const { setCookie } = await request(sessions, undefined, (session) => {
      session.data.a = "é"
      session.setExpiry(new Date("2030-07-01T12:00:00.500Z"))
    })
    const [row] = rows(database)
    expect(row!.session_key).toMatch(/^[a-z0-9]{32}$/)
    expect(setCookie).toContain(`sessionid=${row!.session_key};`)
    expect(row!.expire_date).toBe(clockText(Date.parse("2030-07-01T12:00:00.500Z"), zone))
    const signed = djangoSigner("django.contrib.sessions.SessionStore", { secretKey }).unsign(
      row!.session_data,
    )
    const expiry = row!.expire_date.replace(" ", "T") + (zone === "UTC" ? "+00:00" : "")
    expect(signed?.bytes.toString()).toBe(String.raw`{"a":"\u00e9","_session_expiry":"${expiry}"}`)
    const read = decodeSession(row!.session_data, { secretKey, ...clock })
    expect(read).toMatchObject({ data: { a: "é" }, expiry: new Date("2030-07-01T12:00:00.500Z") })
  })

  it("knows the clocks of summer and winter", () => {
    for (const zone of ["UTC", "America/Chicago", "Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe"])
      for (const day of ["2026-01-15", "2026-07-15"]) {
        const instant = Date.parse(`${day}T03:04:05.250Z`)
        expect(instantOf(clockText(instant, zone), zone)).toBe(instant)
      }
    expect(clockText(Date.parse("2026-01-15T03:04:05Z"), "America/Chicago")).toBe("2026-01-14 21:04:05")
    expect(instantOf("2026-01-15T03:04:05.123456+02:00", "UTC")).toBe(Date.parse("2026-01-15T01:04:05.123Z"))
    expect(instantOf("soon", "UTC")).toBeUndefined()
  })

  it("begins a new session, with a warning, where a row is damaged", async () => {
    const own = djangoSigner("django.contrib.sessions.SessionStore", { secretKey })
    for (const text of [
      "",
      "junk",
      own.sign(Buffer.from('["not","a","dict"]')),
      own.sign(Buffer.from('{"broken"')),
    ]) {
      const database = newTable()
      const warnings: string[] = []
      const warn = (message: string): void => void warnings.push(message)
      const sessions = djangoSessions({ engine: "db", database, secretKey, warn })
      const key = "a".repeat(32)
      database.prepare("INSERT INTO django_session VALUES (?, ?, '2099-01-01 00:00:00')").run(key, text)
      const { result, setCookie } = await request(sessions, `sessionid=${key}`, (session) => {
        const seen = [session.isNew, session.userId, structuredClone(session.data)]
        session.data.a = 1
        return seen
      })
      expect(result).toEqual([true, null, {}])
      expect(warnings.length).toBe(1)
      expect(warnings.join()).not.toContain(key)
      expect(setCookie).not.toContain(key)
      expect(rows(database).find((row) => row.session_key === key)?.session_data).toBe(text)
    }
  })

  it("is not asked for what can't be one of its keys", async () => {
    const database = newTable()
    const sessions = djangoSessions({ engine: "db", database, secretKey })
    database.close()
    for (const value of ["", "short", "A".repeat(32), "a".repeat(33), `${"a".repeat(31)}\0`, "é".repeat(32)])
      expect((await request(sessions, `sessionid=${value}`, (session) => session.isNew)).result).toBe(true)
  })

  it("loses none of many parallel changes, each of a key of its own", async () => {
    const database = newTable()
    const sessions = djangoSessions({ engine: "db", database, secretKey })
    const { setCookie } = await request(sessions, undefined, ({ data }) => {
      data.count = 0
    })
    const cookie = setCookie!.split(";")[0]
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        request(sessions, cookie, async (session) => {
          session.data[`key${n}`] = n
          await session.update((data) => {
            data.count = Number(data.count) + 1
          })
        }),
      ),
    )
    const { result } = await request(sessions, cookie, ({ data }) => data)
    expect(result).toMatchObject({ count: 20, key0: 0, key19: 19 })
  })

  it("moves the end of a session that is only read when every request is to save, and only then", async () => {
    for (const saveEveryRequest of [false, true]) {
      const database = newTable()
      const sessions = djangoSessions({ engine: "db", database, secretKey, saveEveryRequest })
      const { setCookie } = await request(sessions, undefined, ({ data }) => Object.assign(data, { a: 1 }))
      const soon = clockText(Date.now() + 60_000, "UTC")
      database.prepare("UPDATE django_session SET expire_date = ?").run(soon)
      const read = await request(sessions, setCookie!.split(";")[0], ({ data }) => data.a)
      expect(rows(database)[0]!.expire_date === soon).toBe(!saveEveryRequest)
      expect(read.setCookie !== undefined).toBe(saveEveryRequest)
    }
  })

  it("moves the end of a session with every save, as Django does, however little is gained", async () => {
    const database = newTable()
    const sessions = djangoSessions({ engine: "db", database, secretKey })
    const { setCookie } = await request(sessions, undefined, ({ data }) => Object.assign(data, { a: 1 }))
    const full = rows(database)[0]!.expire_date
    const anHourAgo = clockText(Date.now() + 1_209_600_000 - 3_600_000, "UTC")
    database.prepare("UPDATE django_session SET expire_date = ?").run(anHourAgo)
    await request(sessions, setCookie!.split(";")[0], ({ data }) => Object.assign(data, { a: 2 }))
    expect(rows(database)[0]!.expire_date >= full).toBe(true)
  })

  it("is cleared of dead rows and no others, in batches", async () => {
    const database = newTable()
    const table = djangoTable({ database }, "UTC")
    const insert = database.prepare("INSERT INTO django_session VALUES (?, 'x', ?)")
    for (let n = 0; n < 25; n++) insert.run(`dead${n}`, clockText(Date.now() - 1000 * n, "UTC"))
    for (let n = 0; n < 5; n++) insert.run(`live${n}`, clockText(Date.now() + 60_000, "UTC"))
    const told: number[] = []
    expect(await table.clearExpired({ batchSize: 10, onProgress: (sum) => told.push(sum) })).toBe(25)
    expect(told).toEqual([10, 20, 25])
    expect(rows(database).map((row) => row.session_key)).toEqual([
      "live0",
      "live1",
      "live2",
      "live3",
      "live4",
    ])
  })

  it.each([
    ["5", 5],
    ["1.5", 1.5],
    ["0", 0],
    ["false", 0],
    ["true", 1],
    ["null", null],
    ["NaN", null],
    ['"soon"', null],
    ["[1]", null],
    ['"2030-01-01T00:00:00+00:00"', new Date("2030-01-01")],
  ])("understands %s as an expiry, and leaves it as it is", async (json, expiry) => {
    const database = newTable()
    const signer = djangoSigner("django.contrib.sessions.SessionStore", { secretKey })
    const text = signer.sign(Buffer.from(`{"a":1,"_session_expiry":${json}}`))
    expect(decodeSession(text, { secretKey })?.expiry).toEqual(expiry)
    const key = "a".repeat(32)
    database.prepare("INSERT INTO django_session VALUES (?, ?, '2099-01-01 00:00:00')").run(key, text)
    const sessions = djangoSessions({ engine: "db", database, secretKey })
    await request(sessions, `sessionid=${key}`, ({ data }) => Object.assign(data, { a: 2 }))
    const { bytes } = signer.unsign(rows(database)[0]!.session_data)!
    expect(bytes.toString()).toBe(`{"a":2,"_session_expiry":${json}}`)
  })

  it("keeps its own key to the expiry, which is not data", async () => {
    const sessions = djangoSessions({ engine: "db", database: newTable(), secretKey })
    const setting = request(sessions, undefined, ({ data }) => Object.assign(data, { _session_expiry: 5 }))
    await expect(setting).rejects.toThrow(/session.setExpiry/)
  })

  it("takes nothing along of the same user's session from before the password was changed, as Django does not", async () => {
    const sessions = djangoSessions({ engine: "db", database: newTable(), secretKey })
    const login = (password: string) => (session: Session) => {
      djangoLogin(session, { id: 7, password })
      return { ...session.data }
    }
    const { setCookie } = await request(sessions, undefined, (session) => {
      Object.assign(session.data, { cart: 1 })
      login("old$hash")(session)
    })
    const cookie = setCookie!.split(";")[0]
    const same = await request(sessions, cookie, login("old$hash"))
    expect(same.result).toHaveProperty("cart", 1)
    const changed = await request(sessions, same.setCookie!.split(";")[0], login("new$hash"))
    expect(changed.result).not.toHaveProperty("cart")
  })

  it("accepts a login under the retired key, and renews its hash", async () => {
    const database = newTable()
    const old = djangoSessions({ engine: "db", database, secretKey: "old" })
    const user = { id: 7, password: "pbkdf2$hash" }
    const { setCookie } = await request(old, undefined, (session) => djangoLogin(session, user))
    const now = djangoSessions({ engine: "db", database, secretKey, fallbacks: ["older", "old"] })
    const before = setCookie!.split(";")[0]
    const verified = await request(now, before, (session) => verifySessionAuthHash(session, user.password))
    expect(verified.result).toBe(true)
    expect(verified.setCookie).not.toContain(before)
    const later = djangoSessions({ engine: "db", database, secretKey })
    const again = await request(later, verified.setCookie!.split(";")[0], (session) =>
      verifySessionAuthHash(session, user.password),
    )
    expect(again.result).toBe(true)
  })

  it.each([
    [{ secretKey: "" }, /secretKey/],
    [{ sessionCookieAge: 0 }, /sessionCookieAge/],
    [{ sessionCookieAge: 401 * 86_400 }, /400 days/],
    [{ sessionCookieSamesite: false }, /sessionCookieSamesite/],
    [{ useTz: false, timeZone: "Mars/Phobos" }, /timeZone/],
    [{ table: "a; DROP TABLE b" }, /table/],
    [{ engine: "pickle" }, /engine/],
    [{ onUnreadable: "end" }, /"onUnreadable" must be "refuse" or "replace"/],
    [{ database: {} }, /database/],
  ])("refuses %j at once", (options, reason) => {
    const wrong = { engine: "db", database: newTable(), secretKey, ...options } as never
    expect(() => djangoSessions(wrong)).toThrow(TypeError)
    expect(() => djangoSessions(wrong)).toThrow(reason)
  })
})
