import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type CookieOptions, readCookies, resolveCookie, writeCookie } from "../../src/core/cookie.ts"
import { issueToken, newId, sessionTokens } from "../../src/core/token.ts"
import { cpuOf } from "../fixtures/cost.ts"

const read = (header: string) => readCookies(header, "__Host-s", sessionTokens.isWellFormed)
const token = issueToken(newId()).token
const other = issueToken(newId()).token
const more = Array.from({ length: 4 }, () => issueToken(newId()).token)

describe("reading the cookie", () => {
  it.each<[string, string, readonly string[], boolean]>([
    ["finds it alone", `__Host-s=${token}`, [token], true],
    ["finds it among others", `a=1; __Host-s=${token}; b=2`, [token], true],
    ["trims space and tab", `a=1;\t __Host-s=${token} \t;b`, [token], true],
    ["takes two of the same for one", `__Host-s=${token}; __Host-s=${token}`, [token], true],
    ["passes over one that can't be ours", `__Host-s=planted; __Host-s=${token}`, [token], true],
    ["finds two that differ, in their order", `__Host-s=${other}; __Host-s=${token}`, [other, token], true],
    [
      "finds four at the most",
      [token, ...more].map((each) => `__Host-s=${each}`).join("; "),
      [token, ...more.slice(0, 3)],
      true,
    ],
    ["knows that there is one, though unusable", "__Host-s=x", [], true],
    ["knows an empty one", "__Host-s=", [], true],
    ["finds none", "a=1; b=2", [], false],
    ["finds none in nothing", "", [], false],
    ["tells names apart by case", `__host-s=${token}`, [], false],
    ["tells a longer name apart", `x__Host-s=${token}; __Host-sx=${token}`, [], false],
    ["does not trim other white space, which browsers store", `\u00a0__Host-s=${token}`, [], false],
    ["does not decode names", `__Host%2Ds=${token}`, [], false],
    ["does not unquote", `__Host-s="${token}"`, [], true],
    ["wants the equals sign right behind the name", `__Host-s =${token}`, [], false],
    ["takes an id in upper case for none of ours", `__Host-s=${token.toUpperCase()}`, [], true],
    ["takes one cut short for none of ours", `__Host-s=${token.slice(0, -1)}`, [], true],
  ])("%s", (_law, header, tokens, isThere) => {
    expect(read(header)).toEqual({ tokens, isThere })
  })

  it("never throws, and never gives what is not well-formed", () => {
    const noise = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .array(fc.constantFrom("__Host-s", "=", ";", " ", "\t", token, "\u00a0", '"', "%", "\0"))
        .map((parts) => parts.join("")),
    )
    fc.assert(
      fc.property(noise, (header) => {
        const { tokens } = read(header)
        expect(tokens.every(sessionTokens.isWellFormed)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it("takes time in proportion to a hostile header", async () => {
    const headers = [";".repeat(1e6), " ".repeat(1e6), "__Host-s=;".repeat(1e5), "__Host-s".repeat(1e5)]
    expect(await cpuOf(() => headers.map((header) => read(header)))).toBeLessThan(1000)
  })
})

describe("the cookie's options", () => {
  it("are the strictest by default", () => {
    expect(writeCookie(resolveCookie(), token, 60)).toBe(
      `__Host-session=${token}; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax`,
    )
  })

  it.each<[CookieOptions, string]>([
    [{ secure: false }, "session"],
    [{ domain: "example.com" }, "session"],
    [{ path: "/app" }, "session"],
    [{ sameSite: "strict" }, "__Host-session"],
  ])("give %j the name %s", (options, name) => {
    expect(resolveCookie(options).name).toBe(name)
  })

  it.each<[CookieOptions, string]>([
    [{ name: "__Host-a", domain: "example.com" }, "cookie.domain"],
    [{ name: "__Host-a", path: "/app" }, "cookie.path"],
    [{ name: "__Host-a", secure: false }, "cookie.name"],
    [{ name: "__host-A", secure: false }, "cookie.name"],
    [{ name: "__Secure-a", secure: false }, "cookie.name"],
    [{ name: "__Host-Http-a", httpOnly: false }, "cookie.name"],
    [{ name: "__Http-a", httpOnly: false }, "cookie.name"],
    [{ name: "a b" }, "cookie.name"],
    [{ name: "a;b" }, "cookie.name"],
    [{ name: "" }, "cookie.name"],
    [{ sameSite: "none", secure: false }, "cookie.sameSite"],
    [{ sameSite: "Lax" as "lax" }, "cookie.sameSite"],
    [{ partitioned: true, secure: false }, "cookie.partitioned"],
    [{ path: "app" }, "cookie.path"],
    [{ path: "/; HttpOnly" }, "cookie.path"],
    [{ domain: "a.com; Secure" }, "cookie.domain"],
    [{ domain: "a.com\r\nx: y" }, "cookie.domain"],
  ])("refuse %j, naming it", (options, named) => {
    expect(() => resolveCookie(options)).toThrow(TypeError)
    expect(() => resolveCookie(options)).toThrow(`"${named}"`)
  })

  it("make one well-formed header of whatever they accept", () => {
    const text = fc.string({ unit: "binary", maxLength: 12 })
    fc.assert(
      fc.property(text, text, text, (name, path, domain) => {
        let header = ""
        try {
          header = writeCookie(resolveCookie({ name, path: `/${path}`, domain }), token, 1)
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
          return
        }
        expect(header).toMatch(/^[\x20-\x7e]+$/)
        expect(header.split("; ").length).toBeLessThanOrEqual(7)
      }),
      { numRuns: 2000 },
    )
  })
})
