import { describe, expect, it } from "vitest"
import { type HeaderSoFar, noStoreOver } from "../../src/core/cache-control.ts"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { cpuOf } from "../fixtures/cost.ts"

describe("the Cache-Control of an answer that sets a cookie", () => {
  it.each<[HeaderSoFar, string]>([
    [undefined, "no-store"],
    [null, "no-store"],
    ["", "no-store"],
    [" , ,", "no-store"],
    [[], "no-store"],
    ["no-store", "no-store"],
    ["No-Store, NO-STORE", "no-store"],
    ["public, max-age=60", "no-store"],
    ["PUBLIC, Max-Age = 60, S-MaxAge=5, immutable", "no-store"],
    ["max-age=60, stale-while-revalidate=30, stale-if-error=60", "no-store"],
    ["no-transform", "no-store, no-transform"],
    ["public, no-transform, max-age=60", "no-store, no-transform"],
    ["private, max-age=0, must-revalidate", "no-store, private, must-revalidate"],
    ["no-cache", "no-store, no-cache"],
    ["proxy-revalidate", "no-store, proxy-revalidate"],
    ["must-understand", "no-store, private, must-understand"],
    ["must-understand, private", "no-store, must-understand, private"],
    ['private="x", must-understand', 'no-store, private, private="x", must-understand'],
    ['private="set-cookie, x"', 'no-store, private="set-cookie, x"'],
    ['no-cache="a, public", max-age=5', 'no-store, no-cache="a, public"'],
    ['x="a \\", max-age=5, b", public', 'no-store, x="a \\", max-age=5, b"'],
    ['community="UCI, max-age=1",no-transform', 'no-store, community="UCI, max-age=1", no-transform'],
    ["x-public, publicity=1, max-age-x=2", "no-store, x-public, publicity=1, max-age-x=2"],
    ['max-age="60"', "no-store"],
    [["public", "no-transform, max-age=60"], "no-store, no-transform"],
    [['private="a', 'b"', "no-transform"], 'no-store, private="a,b", no-transform'],
    ['private="a, max-age=60', "no-store"],
    ['no-transform, x="', "no-store"],
    [60, "no-store, 60"],
  ])("%j becomes %s", (present, expected) => {
    expect(noStoreOver(present)).toBe(expected)
    expect(noStoreOver(expected)).toBe(expected)
  })

  it("takes time in proportion to a long value", async () => {
    const values = [
      '"'.repeat(1e5),
      ",".repeat(1e5),
      'a="\\'.repeat(1e5),
      `${" ".repeat(1e5)}"`,
      "a".repeat(1e6),
    ]
    expect(await cpuOf(() => values.map((value) => noStoreOver(value)))).toBeLessThan(1000)
  })

  it("is the outcome's, with a cookie and without", async () => {
    const sessions = createSessions<{ n?: number }>({ store: memoryStore() })
    const session = await sessions.open({}).load()
    session.data.n = 1
    const { headers } = await sessions.commit(session, { cacheControl: "public, no-transform" })
    expect(headers).toContainEqual(["cache-control", "no-store, no-transform"])
    const reader = await sessions.open({}).load()
    void reader.data
    expect(await sessions.commit(reader, { cacheControl: "public" })).toEqual({
      result: "nothing",
      headers: [["vary", "Cookie"]],
    })
  })
})
