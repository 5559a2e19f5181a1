import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, it } from "vitest"
import { instantOf } from "../../src/django/clock.ts"
import { decodeSession, djangoSessions, djangoSigner } from "../../src/django/index.ts"
import { pickle } from "../../src/django/pickle-writer.ts"
import { COOKIE_SALT, SESSION_SALT } from "../../src/django/salts.ts"
import { djangoTable } from "../../src/django/table.ts"

const secretKey = "secret"

it("what a writer has left beside its file is cleared once it is old", async () => {
  const filePath = mkdtempSync(join(tmpdir(), "holdfast-"))
  try {
    const sessions = djangoSessions({ engine: "file", filePath, secretKey })
    const draft = join(filePath, `sessionid${"a".repeat(32)}_out_12345678`)
    writeFileSync(draft, "")
    await sessions.clearExpired()
    expect(existsSync(draft)).toBe(true)
    const longAgo = Date.now() / 1000 - 7200
    utimesSync(draft, longAgo, longAgo)
    await sessions.clearExpired()
    expect(existsSync(draft)).toBe(false)
  } finally {
    rmSync(filePath, { recursive: true })
  }
})

it("a signed cookie is good for the age that the site gives it, whatever its own expiry", async () => {
  const sessions = djangoSessions({ engine: "signed_cookies", secretKey, sessionCookieAge: 1000 })
  const { sign } = djangoSigner(COOKIE_SALT, { secretKey })
  const isKnown = async (age: number): Promise<boolean> => {
    const cookie = sign(Buffer.from('{"a":1,"_session_expiry":100000}'), Date.now() - age * 1000)
    return !(await sessions.open({ cookie: `sessionid=${cookie}` }).load()).isNew
  }
  expect([await isKnown(900), await isKnown(1100)]).toEqual([true, false])
})

it("integers and texts that come again are pickled as short as Python pickles them", () => {
  expect(pickle(2n ** 31n - 1n).toString("hex")).toBe("80059506000000000000004affffff7f2e")
  expect(pickle(2n ** 31n).toString("hex")).toContain("8a05")
  const texts = Array.from({ length: 200 }, (_, n) => `text ${n}`)
  // The list is noted first, so that the last text has the number 200.
  expect(pickle([...texts, texts[199]!]).includes(Buffer.of(0x68, 200, 0x65))).toBe(true)
})

it("a time of the night in which clocks change, and one that says its zone, are what they say", () => {
  expect(instantOf("2026-03-29 01:30:00", "Europe/Paris")).toBe(Date.UTC(2026, 2, 29, 0, 30))
  expect(instantOf("2026-03-29 03:30:00", "Europe/Paris")).toBe(Date.UTC(2026, 2, 29, 1, 30))
  expect(instantOf("2026-07-01 12:00:00+01:00", "Europe/Paris")).toBe(Date.UTC(2026, 6, 1, 11))
})

it("a user's id may be a number, as other code of the site may write it", () => {
  const { sign } = djangoSigner(SESSION_SALT, { secretKey })
  expect(decodeSession(sign(Buffer.from('{"_auth_user_id":5}')), { secretKey })?.userId).toBe("5")
})

it("a row is gone when its session has ended, and not read when it is past its end", async () => {
  const database = new DatabaseSync(":memory:")
  database.exec(
    "CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, expire_date datetime NOT NULL)",
  )
  const count = (): unknown => database.prepare("SELECT count(*) AS n FROM django_session").get()?.n
  const sessions = djangoSessions({ engine: "db", database, secretKey })
  const session = await sessions.open({}).load()
  session.data.a = 1
  await sessions.commit(session)
  expect(count()).toBe(1)
  const again = await sessions.open({ cookie: `sessionid=${session.id}` }).load()
  again.logout()
  await sessions.commit(again)
  expect(count()).toBe(0)

  const dead = "d".repeat(32)
  database.prepare("INSERT INTO django_session VALUES (?, 'x', '2001-01-01 00:00:00')").run(dead)
  expect(await djangoTable({ database }, "UTC").read(dead)).toBeUndefined()
})
