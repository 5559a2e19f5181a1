import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import {
  decodeSession,
  djangoSessions,
  djangoSigner,
  importDjango,
  importedSessions,
} from "../../src/django/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { refusalOf } from "./refusal-of.ts"

// What plain JavaScript lets through. Of all mistakes the worst is a secret of another kind: what is spread letter by letter is a
// set of secrets that anybody guesses.

const secretKey = "a-very-long-and-random-secret-key-indeed"
const database = new DatabaseSync(":memory:")
const store = memoryStore()

/** Every call that takes a site's settings. */
const CALLS: Record<string, (settings: object) => unknown> = {
  signed_cookies: (settings) => djangoSessions({ engine: "signed_cookies", ...settings } as never),
  db: (settings) => djangoSessions({ engine: "db", database, ...settings } as never),
  cache: (settings) => djangoSessions({ engine: "cache", cache: memcached, ...settings } as never),
  file: (settings) => djangoSessions({ engine: "file", ...settings } as never),
  decodeSession: (settings) => decodeSession("x:y:z", settings as never),
  importDjango: (settings) => importDjango({ database, ...settings } as never, store),
}
const memcached = {
  send: async () => ({ code: "EN", flags: {}, value: undefined }),
  close: async () => {},
}

describe("settings that are of another kind than Django's", () => {
  const WRONG: readonly (readonly [string, object])[] = [
    ["secretKey", { secretKey: undefined }],
    ["secretKey", { secretKey: "" }],
    ["secretKey", { secretKey: 83617 }],
    ["secretKey", { secretKey: [secretKey] }],
    ["secretKey", { secretKey: Buffer.from(secretKey) }],
    ["fallbacks", { fallbacks: "old-83617" }],
    ["fallbacks", { fallbacks: null }],
    ["fallbacks", { fallbacks: new Set(["old-83617"]) }],
    ["fallbacks", { fallbacks: { 0: "old-83617", length: 1 } }],
    ["fallbacks[1]", { fallbacks: ["old", 83617] }],
    ["fallbacks[0]", { fallbacks: [""] }],
    ["fallbacks[0]", { fallbacks: [["old-83617"]] }],
    ["fallbacks[0]", { fallbacks: [undefined] }],
    ["legacy", { legacy: "no" }],
    ["legacy", { legacy: null }],
    ["keySalt", { keySalt: 5 }],
    ["keySalt", { keySalt: "" }],
    ["keySalt", { keySalt: null }],
    ["useTz", { useTz: "False" }],
    ["timeZone", { timeZone: 5, useTz: false }],
    ["timeZone", { timeZone: ["Europe/Paris"] }],
    ["timeZone", { timeZone: null }],
    ["timeZone", { timeZone: "" }],
    ["maxBytes", { maxBytes: "1mb" }],
    ["maxBytes", { maxBytes: null }],
  ]

  it.each(Object.keys(CALLS))("are refused by name, and no secret is shown: %s", async (name) => {
    for (const [option, settings] of WRONG) {
      const message = await refusalOf(() => CALLS[name]!({ secretKey, ...settings }))
      expect(message).toContain(`The option "${option}"`)
      expect(message).not.toMatch(/83617|secret-key/)
    }
  })

  it.each(["signed_cookies", "db", "cache", "file"])("also those of the cookie: %s", async (name) => {
    for (const option of [
      "sessionCookieName",
      "sessionCookiePath",
      "sessionCookieDomain",
      "sessionCookieSecure",
      "sessionCookieHttponly",
      "sessionCookieSamesite",
      "sessionCookieAge",
      "saveEveryRequest",
      "expireAtBrowserClose",
      "schema",
      "warn",
      "timeout",
    ])
      for (const value of [null, false, 0, ""]) {
        if (value === false && /Secure|Httponly|save|expire/.test(option)) continue
        await refusalOf(() => CALLS[name]!({ secretKey, [option]: value }))
      }
  })

  it("also those of the cache's keys", async () => {
    for (const [option, values] of [
      ["keyPrefix", [5, null, "a blank", "x".repeat(151)]],
      ["keyVersion", ["1", 0, 1.5, null]],
    ] as const)
      for (const value of values)
        expect(await refusalOf(() => CALLS.cache!({ secretKey, [option]: value }))).toContain(
          `The option "${option}"`,
        )
  })

  it("are refused where secrets alone are taken", async () => {
    for (const secrets of [{ secretKey: 5 }, { secretKey, fallbacks: "old" }, { secretKey, legacy: "no" }])
      await refusalOf(() => djangoSigner("salt", secrets as never))
    await refusalOf(() => djangoSigner(undefined as never, { secretKey }))
  })

  it("are refused where rows are copied: names, and how to go about it", async () => {
    const from = { database, secretKey }
    expect(await refusalOf(() => importDjango({ ...from, falbacks: [] } as never, store))).toContain(
      'did you mean "fallbacks"?',
    )
    expect(await refusalOf(() => importDjango(secretKey as never, store))).not.toContain(secretKey)
    for (const [option, value] of [
      ["batchSize", "5"],
      ["onProgress", "x"],
      ["onProgress", null],
      ["signal", new AbortController()],
      ["signal", null],
    ] as const)
      expect(await refusalOf(() => importDjango(from, store, { [option]: value } as never))).toContain(
        `The option "${option}"`,
      )
    expect(await refusalOf(() => importedSessions({ store, warn: null } as never))).toContain('"warn"')
  })

  it("and what is right is taken", () => {
    for (const fallbacks of [[], ["old"], ["older", "old"], undefined] as const)
      for (const name of ["signed_cookies", "db", "cache", "file", "decodeSession"])
        CALLS[name]!({ secretKey, fallbacks, keySalt: undefined, legacy: false, useTz: true, maxBytes: 5000 })
  })
})
