import { describe, expect, it } from "vitest"
import { connectionFacts } from "../../src/adapter-kit/index.ts"
import { type CookieOptions, resolveCookie } from "../../src/core/cookie.ts"
import { whyNoCookie } from "../../src/core/why-no-cookie.ts"
import { type ConnectionFacts, createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

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

describe("a browser that keeps the cookie is no cause, whatever stands between", () => {
  const seen = (cookie: CookieOptions, headers: Record<string, string>, isTrusted?: boolean): string[] =>
    causes(cookie, connectionFacts(headers, false, isTrusted))
  const host = "app.example.com"

  it.each<[string, string]>([
    ["x-forwarded-proto", "https"],
    ["x-forwarded-proto", "HTTPS , http"],
    ["x-forwarded-proto", "wss"],
    ["forwarded", "for=1.2.3.4;proto=wss"],
    ["cloudfront-forwarded-proto", "https"],
    ["fly-forwarded-proto", "https"],
    ["x-forwarded-scheme", "https"],
    ["x-forwarded-protocol", "https"],
    ["x-scheme", "https"],
    ["x-url-scheme", "HTTPS"],
    ["cf-visitor", '{"scheme":"https"}'],
    ["cf-visitor", '{ "scheme" : "https" }'],
    ["x-forwarded-ssl", "on"],
    ["x-forwarded-https", "on"],
    ["front-end-https", "On"],
    ["x-forwarded-port", "443"],
    ["x-arr-ssl", "2048|256|CN=ca|CN=app.example.com"],
    ["origin", "https://app.example.com"],
    ["origin", "https://APP.example.com:8443"],
    ["referer", "https://app.example.com/page?a=1"],
    // Browsers send it over what they take for safe alone.
    ["sec-fetch-site", "same-origin"],
  ])("https in front: %s: %s", (name, value) => {
    expect(seen({}, { host, [name]: value })).toEqual([])
    expect(seen({}, { host: `${host}:3000`, [name]: value })).toEqual([])
    expect(seen({}, { host, [name]: value }, true)).toEqual([])
  })

  it.each<[string, string]>([
    ["x-forwarded-proto", "http, https"],
    ["x-forwarded-proto", "ws"],
    ["x-forwarded-proto", "nonsense"],
    ["cf-visitor", '{"scheme":"http"}'],
    ["cf-visitor", "https"],
    ["x-forwarded-ssl", "off"],
    ["front-end-https", "off"],
    ["x-forwarded-port", "80"],
    ["x-scheme", "http"],
    ["x-arr-ssl", ""],
    ["origin", "http://app.example.com"],
    ["origin", "https://other.example.com"],
    ["origin", "https://app.example.com.evil.example"],
    ["origin", "https://app.example.com@evil.example"],
    ["origin", "null"],
    ["referer", "https://other.example.com/app.example.com"],
    ["upgrade-insecure-requests", "1"],
  ])("no https in front: %s: %s", (name, value) => {
    expect(seen({}, { host, [name]: value })).toEqual(["plain http"])
  })

  it("says that a proxy is not believed only where frameworks would believe it", () => {
    expect(seen({}, { host, "x-forwarded-proto": "https" }, false)).toEqual(["untrusted proxy"])
    expect(seen({}, { host, "x-forwarded-proto": "wss" }, false)).toEqual([])
    expect(seen({}, { host, "cf-visitor": '{"scheme":"https"}' }, false)).toEqual([])
    expect(seen({}, { host, origin: `https://${host}` }, false)).toEqual([])
  })

  it.each<[string, Record<string, string>]>([
    ["X-Forwarded-Host", { "x-forwarded-host": host }],
    ["several of them", { "x-forwarded-host": `other.example, ${host}:443` }],
    ["Forwarded", { forwarded: `for=1.2.3.4;host=${host};proto=https` }],
    ["Forwarded with quotes", { forwarded: `for="[::1]"; Host="${host}:8080", for=10.0.0.1` }],
    ["X-Original-Host", { "x-original-host": host }],
  ])("the host that the browser asked for, told by %s", (_name, headers) => {
    const facts = { host: "127.0.0.1:3000", "x-forwarded-proto": "https", ...headers }
    expect(seen({ domain: "example.com" }, facts)).toEqual([])
    expect(seen({ domain: "example.org" }, facts)).toEqual(["other domain"])
  })

  it("a host of one's own machine, told by a proxy for development", () => {
    expect(seen({}, { host: "backend:3000", "x-forwarded-host": "localhost:5173" })).toEqual([])
    expect(seen({}, { host: "backend:3000", "x-forwarded-host": "localhost.evil.example" })).toEqual([
      "plain http",
    ])
  })

  it("takes headers of any length and make", () => {
    for (const value of [
      " ".repeat(1e5),
      ";host=".repeat(1e4),
      '"'.repeat(1e5),
      "\u0000",
      "https://[",
      "{".repeat(1e5),
    ])
      for (const name of [
        "forwarded",
        "x-forwarded-host",
        "x-forwarded-proto",
        "cf-visitor",
        "origin",
        "referer",
        "host",
      ])
        expect(() => seen({ domain: "example.com" }, { host, [name]: value })).not.toThrow()
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

  it("is looked for seldom once many cookies were sent, since it costs time", async () => {
    const { visit, asked } = setUp()
    for (let n = 0; n < 1000; n++) await visit({ host: "shop.example", ...HTTPS })
    expect(asked()).toBeGreaterThan(100)
    expect(asked()).toBeLessThan(150)
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
