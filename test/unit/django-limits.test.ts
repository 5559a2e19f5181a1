import { createHmac, hash } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import { deflateSync } from "node:zlib"
import { describe, expect, it } from "vitest"
import { decodeSession, djangoSessions } from "../../src/django/index.ts"
import { parsePickle } from "../../src/django/pickle-reader.ts"
import { pickle } from "../../src/django/pickle-writer.ts"
import { parsePython } from "../../src/django/python-json.ts"

// A few bytes, in a cookie or a row, that come to many.

const SECRET = "s".repeat(50)

/** Signed as Django signs, deflated. */
function signed(json: string, salt: string): string {
  const value = `.${deflateSync(json).toString("base64url")}:${seconds(Date.now())}`
  const key = hash("sha256", `${salt}signer${SECRET}`, "buffer")
  return `${value}:${createHmac("sha256", key).update(value).digest("base64url")}`
}

function seconds(instant: number): string {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  let text = ""
  for (let left = Math.floor(instant / 1000); left > 0; left = Math.floor(left / 62))
    text = digits[left % 62] + text
  return text
}

const TABLE = "django.contrib.sessions.SessionStore"
const COOKIE = "django.contrib.sessions.backends.signed_cookies"
const data = (size: number): string => JSON.stringify({ text: "a".repeat(size - '{"text":""}'.length) })

describe("what is deflated", () => {
  it("in a cookie is read up to maxBytes", async () => {
    const sessions = djangoSessions({
      engine: "signed_cookies",
      secretKey: SECRET,
      maxBytes: 100_000,
      warn: () => {},
    })
    for (const [size, isRead] of [
      [100_000, true],
      [100_001, false],
      [2_000_000, false],
    ] as const) {
      const cookie = `sessionid=${signed(data(size), COOKIE)}`
      expect(cookie.length).toBeLessThan(4096)
      const session = await sessions.open({ cookie }).load()
      expect(session.isNew, `${size}`).toBe(!isRead)
    }
  })

  it("in a row is read up to maxBytes, and quickly refused beyond", async () => {
    const database = new DatabaseSync(":memory:")
    database.exec(
      "CREATE TABLE django_session (session_key text PRIMARY KEY, session_data text, expire_date text)",
    )
    const insert = database.prepare("INSERT INTO django_session VALUES (?, ?, '2999-01-01 00:00:00')")
    const sessions = djangoSessions({ engine: "db", database, secretKey: SECRET, warn: () => {} })
    for (const [key, size, isRead] of [
      ["a", 1_048_576, true],
      ["b", 1_048_577, false],
      ["c", 30_000_000, false],
    ] as const) {
      insert.run(key.repeat(32), signed(data(size), TABLE))
      expect((await sessions.find(key.repeat(32))) !== undefined, key).toBe(isRead)
    }
  })

  it("is not decoded beyond it either", () => {
    const text = signed(data(2_000_000), TABLE)
    expect(decodeSession(text, { secretKey: SECRET })).toBe(undefined)
    expect(decodeSession(text, { secretKey: SECRET, maxBytes: 2_000_000 })?.data.text).toHaveLength(1_999_989)
  })
})

it("what is no text is not decoded", () => {
  for (const value of [undefined, null, 5, Buffer.from(signed(data(20), TABLE))])
    expect(decodeSession(value as never, { secretKey: SECRET })).toBe(undefined)
})

it("a row that is no text is set aside", async () => {
  const database = new DatabaseSync(":memory:")
  database.exec(
    "CREATE TABLE django_session (session_key text PRIMARY KEY, session_data blob, expire_date blob)",
  )
  const warnings: string[] = []
  const sessions = djangoSessions({
    engine: "db",
    database,
    secretKey: SECRET,
    warn: (text) => warnings.push(text),
  })
  const id = "a".repeat(32)
  for (const [row, date] of [
    ["x'00'", "'2999-01-01 00:00:00'"],
    ["7", "'2999-01-01 00:00:00'"],
    ["NULL", "'2999-01-01 00:00:00'"],
    [`'${signed('{"n":1}', TABLE)}'`, "'2999-99-99 00:00:00'"],
    ["'x'", "x'ff'"],
  ]) {
    database.exec(`INSERT OR REPLACE INTO django_session VALUES ('${id}', ${row}, ${date})`)
    const session = await sessions.open({ cookie: `sessionid=${id}` }).load()
    expect([session.isNew, session.data]).toEqual([true, {}])
    expect(await sessions.find(id)).toBe(undefined)
  }
  expect(warnings.length).toBeGreaterThan(0)
})

describe("a pickle", () => {
  const text = (length: number): string => `\x80\x04X${le(length)}${"x".repeat(length)}\x94`
  const le = (value: number): string => Buffer.from(Uint32Array.of(value).buffer).toString("latin1")
  const bytes = (latin1: string): Buffer => Buffer.from(latin1, "latin1")

  it("that recalls a long text again and again is refused", () => {
    const list = (times: number): Buffer => bytes(`${text(100_000)}0](${"h\0".repeat(times)}e.`)
    // POP is not among the opcodes, so the text goes first into the list.
    const repeated = (times: number): Buffer =>
      bytes(`\x80\x04](X${le(100_000)}${"x".repeat(100_000)}\x94${"h\0".repeat(times)}e.`)
    expect(() => parsePickle(list(1))).toThrow(/more than data/)
    expect(parsePickle(repeated(9))).toHaveLength(10)
    expect(() => parsePickle(repeated(10_000))).toThrow(/too many/)
    expect(() => parsePickle(repeated(9), 500_000)).toThrow(/too many/)
  })

  it("that is merely large is read", () => {
    const value = new Map([["text", "x".repeat(2_000_000)]])
    expect(parsePickle(pickle(value))).toEqual(value)
  })
})

describe("Python's JSON", () => {
  it("has no integers that Python would not read, and no levels", () => {
    expect(parsePython(`[${"9".repeat(4300)}]`)).toHaveLength(1)
    expect(parsePython(`[${"9".repeat(4301)}]`)).toBe(undefined)
    for (const levels of [1000, 100_000])
      expect(parsePython("[".repeat(levels) + "]".repeat(levels))).toBe(undefined)
  })
})
