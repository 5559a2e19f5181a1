import { describe, expect, it } from "vitest"
import { printable as asJson } from "../../src/cli/printable.ts"
import { printable } from "../../src/core/printable.ts"
import { shown } from "../../src/core/shown.ts"
import { djangoSessions } from "../../src/django/index.ts"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { migrationSql } from "../../src/stores/sql/index.ts"

// Characters that steer a terminal or turn the direction of writing, in whatever a message shows: C0, C1, DEL, the marks of
// direction, the breaks of lines, what has no width, and halves of characters.
const LOUD = [
  "\u0000",
  "\u0007",
  "\n",
  "\r",
  "\u001b[31m",
  "\u007f",
  "\u0085",
  "\u009b31m",
  "\u061c",
  "\u200b",
  "\u200e",
  "\u200f",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2066",
  "\u2069",
  "\ufeff",
  "\ud800",
  "\u00ad",
  "\u2060",
  "\u206f",
  "\u180e",
  "\ufff9",
  "\u{e0041}",
]
const RAW = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

type Loose = (...args: unknown[]) => unknown
const store = memoryStore()
const sessions = createSessions({ store })
const create = (options: object): unknown => (createSessions as Loose)({ store, ...options })
const fresh = () => sessions.open({}) as unknown as Record<string, Loose> & { data: Record<string, unknown> }

const CALLS: Record<string, (text: string) => unknown> = {
  "an option's value": (text) => create({ idle: text }),
  "a word": (text) => create({ onReuse: text }),
  "an option's name": (text) => create({ [text]: 1 }),
  "the cookie's name": (text) => create({ cookie: { name: text } }),
  "a class": (text) => create({ idle: new { [text]: class {} }[text]!() }),
  "a function": (text) => create({ idle: { [text]: () => {} }[text] }),
  "an expiry": (text) => fresh().setExpiry!(text),
  "a key read": (text) => fresh()[`regenerate${text}`]!(),
  "a key assigned": (text) => {
    fresh()[`cart${text}`] = (() => {}) as Loose
  },
  "an update": (text) => sessions.open({}).update(text as never),
  "a dialect": (text) => migrationSql(text as never),
  "a zone": (text) =>
    djangoSessions({ engine: "signed_cookies", secretKey: "s", useTz: false, timeZone: text }),
  "a table": (text) => djangoSessions({ engine: "db", database: {} as never, secretKey: "s", table: text }),
}

describe("a message is of one line, and steers nothing", () => {
  it.each(Object.entries(CALLS))("%s", async (_where, call) => {
    for (const loud of LOUD) {
      let message = ""
      try {
        await call(loud)
      } catch (error) {
        message = (error as Error).message
      }
      expect(message).not.toMatch(RAW)
    }
  })

  it("nor does what the command line shows, which stays JSON", () => {
    for (const loud of LOUD) {
      const text = asJson({ [loud]: loud }, 2)
      expect(text.replaceAll("\n", "")).not.toMatch(RAW)
      expect(JSON.parse(text)).toEqual({ [loud]: loud })
    }
  })

  it("however long the text is", async () => {
    for (const call of Object.values(CALLS)) {
      let message = ""
      try {
        await call("a".repeat(100_000))
      } catch (error) {
        message = (error as Error).message
      }
      expect(message.length).toBeLessThan(1000)
    }
  })

  it("and text that people read stays as it is", () => {
    for (const text of ["Ada", "ünïcode", "日本語", "👍🏽", "a b", "\u00e9"])
      expect([printable(text, 99), shown(text)]).toEqual([text, `"${text}"`])
  })
})
