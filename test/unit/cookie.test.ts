import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type CookieOptions, readCookie, settleCookie, writeCookie } from "../../src/core/cookie.ts"
import { hashedTokens } from "../../src/core/token.ts"

const read = (header: string): string | undefined => readCookie(header, "__Host-s", hashedTokens.isWellFormed)
const token = hashedTokens.create()
const other = hashedTokens.create()

describe("reading the cookie", () => {
  it.each([
    ["finds it alone", `__Host-s=${token}`, token],
    ["finds it among others", `a=1; __Host-s=${token}; b=2`, token],
    ["trims space and tab", `a=1;\t __Host-s=${token} \t;b`, token],
    ["believes two of the same", `__Host-s=${token}; __Host-s=${token}`, token],
    ["passes over one that can't be ours", `__Host-s=planted; __Host-s=${token}`, token],
    ["believes neither of two that differ", `__Host-s=${token}; __Host-s=${other}`, ""],
    ["knows that there is one, though unusable", "__Host-s=x", ""],
    ["knows an empty one", "__Host-s=", ""],
    ["finds none", "a=1; b=2", undefined],
    ["finds none in nothing", "", undefined],
    ["tells names apart by case", `__host-s=${token}`, undefined],
    ["tells a longer name apart", `x__Host-s=${token}; __Host-sx=${token}`, undefined],
    ["does not trim other white space, which browsers store", `\u00a0__Host-s=${token}`, undefined],
    ["does not decode names", `__Host%2Ds=${token}`, undefined],
    ["does not unquote", `__Host-s="${token}"`, ""],
    ["wants the equals sign right behind the name", `__Host-s =${token}`, undefined],
  ])("%s", (_law, header, value) => {
    expect(read(header)).toBe(value)
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
        const value = read(header)
        expect(value === undefined || value === "" || hashedTokens.isWellFormed(value)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it("takes time in proportion to a hostile header", () => {
    const start = performance.now()
    for (const header of [";".repeat(1e6), " ".repeat(1e6), "__Host-s=;".repeat(1e5), "__Host-s".repeat(1e5)])
      read(header)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

describe("the cookie's options", () => {
  it("are the strictest by default", () => {
    expect(writeCookie(settleCookie(), token, 60)).toBe(
      `__Host-session=${token}; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax`,
    )
  })

  it.each<[CookieOptions, string]>([
    [{ secure: false }, "session"],
    [{ domain: "example.com" }, "session"],
    [{ path: "/app" }, "session"],
    [{ sameSite: "strict" }, "__Host-session"],
  ])("give %j the name %s", (options, name) => {
    expect(settleCookie(options).name).toBe(name)
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
    [{ path: "/; HttpOnly" }, "cookie"],
    [{ domain: "a.com; Secure" }, "cookie"],
    [{ domain: "a.com\r\nx: y" }, "cookie"],
  ])("refuse %j, naming it", (options, named) => {
    expect(() => settleCookie(options)).toThrow(TypeError)
    expect(() => settleCookie(options)).toThrow(`"${named}"`)
  })

  it("make one well-formed header of whatever they accept", () => {
    const text = fc.string({ unit: "binary", maxLength: 12 })
    fc.assert(
      fc.property(text, text, text, (name, path, domain) => {
        let header = ""
        try {
          header = writeCookie(settleCookie({ name, path: `/${path}`, domain }), token, 1)
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
