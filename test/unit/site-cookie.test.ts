import { describe, expect, it } from "vitest"
import type { Answer } from "../../src/cli/site/answer.ts"
import { attributeFindings } from "../../src/cli/site/attributes.ts"
import { nameIn } from "../../src/cli/site/facts.ts"
import { isPublicSuffix } from "../../src/cli/site/public-suffix.ts"
import { cookiesOf } from "../../src/cli/site/set-cookie.ts"
import type { Visit } from "../../src/cli/site/visit.ts"

// What doctor says of a cookie on hosts with names; test/operations/cli-site.test.ts asks real sites.

const TOKEN = `${"0a".repeat(16)}.${"A".repeat(43)}`
const REST = "Secure; HttpOnly; SameSite=Lax"

function answerOf(lines: readonly string[], page = "https://www.shop.example/cart/view"): Answer {
  return {
    url: new URL(page),
    status: 200,
    headers: { "set-cookie": [...lines] },
    askedAt: Date.UTC(2026, 10, 25),
    answeredAt: Date.UTC(2026, 10, 25),
  }
}

/** What is wrong with a cookie of a page, by name. */
function wrongWith(line: string, page?: string): Record<string, string> {
  const answer = answerOf([line], page)
  const findings = attributeFindings(cookiesOf(answer)[0]!, [answer.url])
  const problems = findings.filter(({ problem }) => problem !== undefined)
  return Object.fromEntries(problems.map(({ name, value }) => [name, value]))
}

describe("the cookie to look at", () => {
  const nameOf = (name: string, ...lines: readonly string[]): string =>
    nameIn({ name, visitors: [{ answers: [answerOf(lines)], jar: [] } as unknown as Visit] })

  it("is the one of the name that is asked for, whatever is in it, or else one that may be a session's", () => {
    expect(nameOf("mine", `theirs=${TOKEN}`, "mine=1")).toBe("mine")
    expect(nameOf("mine", "other=1", `theirs=${TOKEN}`)).toBe("theirs")
    expect(nameOf("mine", "other=1")).toBe("mine")
  })
})

describe("a cookie that browsers keep", () => {
  it.each([
    `__Host-session=${TOKEN}; Path=/; ${REST}; Max-Age=1209600`,
    `__Host-session=${TOKEN}; Path=/; Secure; HttpOnly; SameSite=Strict`,
    `__HOST-http-session=${TOKEN}; Path=/; ${REST}`,
    `__Secure-session=${TOKEN}; Path=/cart; ${REST}`,
    `session=${TOKEN}; Path=/; ${REST}; Domain=shop.example`,
    `session=${TOKEN}; Path=/; ${REST}; Domain=.shop.example`,
    `session=${TOKEN}; Path=/; ${REST}; Domain=WWW.shop.example`,
    `session=${TOKEN}; ${REST}`,
    `session=${TOKEN}; Path=/cart/; ${REST}`,
    `session=${TOKEN}; Path=relative; ${REST}`,
    `session=${TOKEN}; Path=/; Secure; HttpOnly; SameSite=None; Partitioned`,
    `session=${TOKEN}; Path=/; ${REST}; Max-Age=34560000`,
    `session=${TOKEN}; Path=/; ${REST}; Expires=Wed, 25 Nov 2026 00:00:01 GMT`,
    `session=${TOKEN}; Path=/; ${REST}; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60`,
  ])("%s", (line) => {
    expect(wrongWith(line)).toEqual({})
  })
})

describe("a cookie that browsers drop, or that is not safe", () => {
  it.each<[string, Record<string, string>]>([
    [`__Host-session=${TOKEN}; ${REST}`, { Path: "missing" }],
    [`__host-session=${TOKEN}; ${REST}; Path=/cart`, { Path: "/cart" }],
    [`__Host-session=${TOKEN}; Path=/; ${REST}; Domain=www.shop.example`, { Domain: "www.shop.example" }],
    [`__Secure-session=${TOKEN}; Path=/; HttpOnly; SameSite=Lax`, { Secure: "missing" }],
    [`__Http-session=${TOKEN}; Path=/; Secure; SameSite=Lax`, { HttpOnly: "missing" }],
    [`session=${TOKEN}; Path=/; Secure; HttpOnly; SameSite=Sometimes`, { SameSite: "missing" }],
    [`session=${TOKEN}; Path=/; HttpOnly; SameSite=None`, { Secure: "missing", SameSite: "None" }],
    [
      `session=${TOKEN}; Path=/; HttpOnly; SameSite=Lax; Partitioned`,
      { Secure: "missing", Partitioned: "without Secure" },
    ],
    [`session=${TOKEN}; Path=/; ${REST}; Domain=shop.example.net`, { Domain: "shop.example.net" }],
    [`session=${TOKEN}; Path=/; ${REST}; Domain=p.example`, { Domain: "p.example" }],
    [`session=${TOKEN}; Path=/; ${REST}; Domain=a.www.shop.example`, { Domain: "a.www.shop.example" }],
    [`session=${TOKEN}; Path=/; ${REST}; Domain=example`, { Domain: "example" }],
    [`session=${TOKEN}; Path=/car; ${REST}`, { Path: "/car" }],
    [`session=${TOKEN}; Path=/cart/view/; ${REST}`, { Path: "/cart/view/" }],
    [`session=${TOKEN}; Path=/; ${REST}; Max-Age=-1`, { lifetime: "over" }],
    [`session=${TOKEN}; Path=/; ${REST}; Max-Age=34560001`, { lifetime: "for 400 days" }],
    [`session=${TOKEN}; Path=/; ${REST}; Expires=Tue, 24 Nov 2026 23:59:59 GMT`, { lifetime: "over" }],
    [`session=${"x".repeat(4090)}; Path=/; ${REST}`, { size: "4097 bytes" }],
    [`session=${TOKEN}; Path=/\u202e\u009b; ${REST}`, { Path: "/\\u202e\\u009b" }],
  ])("%s", (line, expected) => {
    expect(wrongWith(line)).toEqual(expected)
  })

  it("does not ask for Secure over plain http, where only the scheme can be mended", () => {
    const line = `session=${TOKEN}; Path=/; HttpOnly; SameSite=Lax`
    expect(wrongWith(line, "http://shop.example/")).toEqual({})
  })

  it("knows domains under which anyone can have a name", () => {
    for (const domain of ["example", "co.uk", "com.au", "github.io", "vercel.app"])
      expect(isPublicSuffix(domain)).toBe(true)
    for (const domain of ["example.com", "co.example", "shop.co.uk", "me.github.io"])
      expect(isPublicSuffix(domain)).toBe(false)
    expect(wrongWith(`s=${TOKEN}; Path=/; ${REST}; Domain=vercel.app`, "https://me.vercel.app/")).toEqual({
      Domain: "vercel.app",
    })
  })

  it("takes no address for a part of another", () => {
    expect(wrongWith(`s=${TOKEN}; Path=/; ${REST}; Domain=0.0.1`, "https://127.0.0.1/")).toEqual({
      Domain: "0.0.1",
    })
  })
})
