import { describe, expect, it } from "vitest"
import { connectionFacts } from "../../src/adapter-kit/index.ts"
import { type CookieOptions, resolveCookie } from "../../src/core/cookie.ts"
import { whyNoCookie } from "../../src/core/why-no-cookie.ts"
import { type ConnectionFacts, createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory.ts"

const PLAIN = { isEncrypted: false }
const HTTPS = { isEncrypted: true }
const causes = (cookie: CookieOptions, facts: ConnectionFacts): string[] =>
  whyNoCookie(resolveCookie(cookie), facts).map(({ cause }) => cause)

describe("why a browser will not keep the cookie", () => {
  it.each<[string, CookieOptions, ConnectionFacts, string[]]>([
    ["plain http", {}, { host: "shop.example", ...PLAIN }, ["plain http"]],
    ["with a port", {}, { host: "shop.example:8080", ...PLAIN }, ["plain http"]],
    ["in the house's own net", {}, { host: "192.168.1.5:3000", ...PLAIN }, ["plain http"]],
    ["any address", {}, { host: "0.0.0.0:3000", ...PLAIN }, ["plain http"]],
    ["another IPv6 address", {}, { host: "[fe80::1]:3000", ...PLAIN }, ["plain http"]],
    ["a name that only looks local", {}, { host: "localhost.evil.example", ...PLAIN }, ["plain http"]],
    ["another one", {}, { host: "notlocalhost", ...PLAIN }, ["plain http"]],
    ["and another", {}, { host: "127.0.0.1.evil.example", ...PLAIN }, ["plain http"]],
    ["localhost", {}, { host: "localhost:3000", ...PLAIN }, []],
    ["in upper case", {}, { host: "LOCALHOST", ...PLAIN }, []],
    ["with a dot", {}, { host: "localhost.", ...PLAIN }, []],
    ["below localhost", {}, { host: "shop.localhost:3000", ...PLAIN }, []],
    ["127/8", {}, { host: "127.8.9.1:80", ...PLAIN }, []],
    ["[::1]", {}, { host: "[::1]:3000", ...PLAIN }, []],
    ["https", {}, { host: "shop.example", ...HTTPS }, []],
    ["not Secure", { secure: false }, { host: "shop.example", ...PLAIN }, []],
    ["no host", {}, PLAIN, []],
    ["a proxy that says https", {}, { host: "shop.example", ...PLAIN, forwardedProto: "https" }, []],
    [
      "a proxy that says http",
      {},
      { host: "shop.example", ...PLAIN, forwardedProto: "http" },
      ["plain http"],
    ],
    [
      "a proxy that is believed",
      {},
      { host: "shop.example", ...PLAIN, forwardedProto: "https", isTrusted: true },
      [],
    ],
    [
      "a proxy that is not believed",
      {},
      { host: "shop.example", ...PLAIN, forwardedProto: "https", isTrusted: false },
      ["untrusted proxy"],
    ],
    ["its domain", { domain: "shop.example" }, { host: "shop.example", ...HTTPS }, []],
    ["a host of its domain", { domain: ".shop.example" }, { host: "WWW.shop.example:443", ...HTTPS }, []],
    ["another domain", { domain: "shop.example" }, { host: "localhost", ...HTTPS }, ["other domain"]],
    [
      "one that ends alike",
      { domain: "shop.example" },
      { host: "myshop.example", ...HTTPS },
      ["other domain"],
    ],
    ["a domain above", { domain: "a.shop.example" }, { host: "shop.example", ...HTTPS }, ["other domain"]],
    [
      "fetched by another site",
      {},
      { host: "shop.example", ...HTTPS, fetchSite: "cross-site", fetchMode: "cors", fetchDest: "empty" },
      ["cross-site"],
    ],
    [
      "in another site's frame",
      { sameSite: "strict" },
      { host: "shop.example", ...HTTPS, fetchSite: "cross-site", fetchMode: "navigate", fetchDest: "iframe" },
      ["cross-site"],
    ],
    [
      "linked from another site",
      {},
      {
        host: "shop.example",
        ...HTTPS,
        fetchSite: "cross-site",
        fetchMode: "navigate",
        fetchDest: "document",
      },
      [],
    ],
    [
      "meant for other sites",
      { sameSite: "none" },
      { host: "shop.example", ...HTTPS, fetchSite: "cross-site", fetchMode: "cors" },
      [],
    ],
    [
      "fetched by a neighbour",
      {},
      { host: "shop.example", ...HTTPS, fetchSite: "same-site", fetchMode: "cors" },
      [],
    ],
    [
      "several at once",
      { domain: "shop.example" },
      { host: "test.internal", ...PLAIN },
      ["plain http", "other domain"],
    ],
  ])("%s", (_name, cookie, facts, expected) => {
    expect(causes(cookie, facts)).toEqual(expected)
  })

  it.each<[CookieOptions, ConnectionFacts, string[]]>([
    [
      {},
      { host: "shop.example", ...PLAIN },
      ['"shop.example"', "Secure", "cookie: { secure: false }", "X-Forwarded-Proto"],
    ],
    [
      {},
      { host: "a.example", ...PLAIN, forwardedProto: "https", isTrusted: false },
      ['"trust proxy", 1', "app.proxy"],
    ],
    [
      { domain: "b.example" },
      { host: "a.example", ...HTTPS },
      ['"a.example"', '"b.example"', "cookie.domain"],
    ],
    [{}, { host: "a.example", ...HTTPS, fetchSite: "cross-site" }, ["SameSite=Lax", 'sameSite: "none"']],
  ])("says what was seen and what to set: %j, %j", (cookie, facts, parts) => {
    const [loss] = whyNoCookie(resolveCookie(cookie), facts)
    for (const part of [...parts, "docs/cookies.md"]) expect(loss!.message).toContain(part)
  })

  it("is told by the headers", () => {
    const facts = connectionFacts({ host: "a.example", "x-forwarded-proto": "HTTPS, http" }, false, false)
    expect(facts).toMatchObject({
      host: "a.example",
      forwardedProto: "https",
      isEncrypted: false,
      isTrusted: false,
    })
    expect(
      connectionFacts({ forwarded: 'for=1.2.3.4;proto="https";by=5, proto=http' }, false).forwardedProto,
    ).toBe("https")
    expect(connectionFacts({ ":authority": "a.example" }, true).host).toBe("a.example")
    const headers = new Headers({ host: "a.example", "sec-fetch-site": "cross-site" })
    expect(connectionFacts(headers, true)).toMatchObject({ host: "a.example", fetchSite: "cross-site" })
    expect(connectionFacts({}, true)).toMatchObject({ host: undefined, forwardedProto: undefined })
  })
})

describe("the warning", () => {
  function setUp(cookie: CookieOptions = {}) {
    const warnings: string[] = []
    const sessions = createSessions<Record<string, unknown>>({
      store: memoryStore(),
      cookie,
      warn: (text) => warnings.push(text),
    })
    let asked = 0
    async function visit(
      facts: ConnectionFacts,
      work: (data: Record<string, unknown>) => void = (data) => {
        data.n = 1
      },
    ) {
      const session = await sessions.open({}).load()
      work(session.data)
      return sessions.commit(session, {
        connection: () => {
          asked++
          return facts
        },
      })
    }
    return { sessions, warnings, visit, asked: () => asked }
  }

  it("comes once for each cause, and only when a cookie is sent", async () => {
    const { warnings, visit, asked } = setUp({ domain: "shop.example" })
    await visit({ host: "shop.example", ...PLAIN }, () => {})
    expect([asked(), warnings]).toEqual([0, []])
    for (let n = 0; n < 3; n++) await visit({ host: "shop.example", ...PLAIN })
    expect(warnings).toHaveLength(1)
    for (let n = 0; n < 3; n++) await visit({ host: "other.example", ...PLAIN })
    expect(warnings).toHaveLength(2)
    await visit({ host: "shop.example", ...PLAIN, forwardedProto: "https", isTrusted: false })
    await visit({ host: "shop.example", ...HTTPS, fetchSite: "cross-site" })
    expect(warnings).toHaveLength(4)
    const before = asked()
    await visit({ host: "shop.example", ...PLAIN })
    expect(asked()).toBe(before)
  })

  it("is each sessions' own", async () => {
    for (const { warnings, visit } of [setUp(), setUp()]) {
      await visit({ host: "shop.example", ...PLAIN })
      expect(warnings).toHaveLength(1)
    }
  })

  it("fails no answer", async () => {
    const sessions = createSessions<{ n?: number }>({
      store: memoryStore(),
      warn: () => {
        throw new Error("the log is full")
      },
    })
    const session = await sessions.open({}).load()
    session.data.n = 1
    const connection = () => ({ host: "shop.example", ...PLAIN })
    expect((await sessions.commit(session, { connection })).result).toBe("create")
  })

  it("names two cookies that open different sessions, once", async () => {
    for (const [cookie, advice] of [
      [{}, "Browsers keep one"],
      [{ name: "sid" }, "Set cookie.name"],
    ] as const) {
      const { sessions, warnings, visit } = setUp(cookie)
      const cookies: string[] = []
      for (let n = 0; n < 2; n++) {
        const { headers } = await visit({ ...HTTPS })
        cookies.push(headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!)
      }
      for (let n = 0; n < 2; n++) await sessions.open({ cookie: cookies.join("; ") }).load()
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toContain("open different sessions")
      expect(warnings[0]).toContain(advice)
      for (const each of cookies) expect(warnings[0]).not.toContain(each.split("=")[1])
    }
  })
})
