import { stringifySetCookie } from "cookie"
import { checkNames, type OptionNames } from "./option-names.ts"
import { checkBoolean, checkWord, wrongOption } from "./option-values.ts"
import { COOKIE_WORDS } from "./option-words.ts"

/** The cookie's attributes. The defaults are the strictest that work for a web site. */
export interface CookieOptions {
  /**
   * Its name. A `__Host-` or `__Secure-` prefix makes the browser itself enforce the attributes.
   * @default "__Host-session", or "session" when the other options rule that prefix out
   */
  readonly name?: string
  /** Sent over https only. Browsers treat `http://localhost` as secure, except Safari. @default true */
  readonly secure?: boolean
  /** Out of reach of the page's scripts. @default true */
  readonly httpOnly?: boolean
  /** Whether requests that start on other sites carry it. @default "lax" */
  readonly sameSite?: "lax" | "strict" | "none"
  /** The paths it is sent to. @default "/" */
  readonly path?: string
  /** A domain to share it with, all sub-domains included. @default undefined: this host only */
  readonly domain?: string
  /** Kept apart for each site that embeds yours (CHIPS). @default false */
  readonly partitioned?: boolean
}

/** The cookie's attributes, every one decided and checked. */
export interface CookieSettings {
  readonly name: string
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: "lax" | "strict" | "none"
  readonly path: string
  readonly domain: string | undefined
  readonly partitioned: boolean
}

/** The names of the cookie's options. */
const COOKIE_OPTIONS: OptionNames<CookieOptions> = {
  name: true,
  secure: true,
  httpOnly: true,
  sameSite: true,
  path: true,
  domain: true,
  partitioned: true,
}

/** Fills in the defaults. Throws a `TypeError` for a combination that a browser would refuse. */
export function resolveCookie(options: CookieOptions = {}): CookieSettings {
  checkNames('The option "cookie"', options, COOKIE_OPTIONS, COOKIE_WORDS)
  const {
    secure = true,
    httpOnly = true,
    sameSite = "lax",
    path = "/",
    domain,
    partitioned = false,
  } = options
  const canPrefix = secure && path === "/" && domain === undefined
  const { name = canPrefix ? "__Host-session" : "session" } = options
  const cookie: CookieSettings = { name, secure, httpOnly, sameSite, path, domain, partitioned }

  checkBoolean("cookie.secure", secure)
  checkBoolean("cookie.httpOnly", httpOnly)
  checkBoolean("cookie.partitioned", partitioned)
  checkWord("cookie.sameSite", sameSite, ["lax", "strict", "none"])
  checkText(cookie)
  if (sameSite === "none" && !secure) throw wrong("sameSite", '"none" needs secure: true', sameSite)
  if (partitioned && !secure) throw wrong("partitioned", "needs secure: true", partitioned)

  // The prefixes are matched without regard to case (RFC 6265bis section 5.7, steps 20 and 21).
  const prefix = /^__(?:Host-Http|Http|Host|Secure)-/i.exec(name)?.[0].toLowerCase() ?? ""
  if (prefix !== "" && !secure) throw wrong("name", "with this prefix needs secure: true", name)
  if (prefix.includes("http") && !httpOnly) throw wrong("name", "with this prefix needs httpOnly: true", name)
  if (prefix.includes("host") && domain !== undefined)
    throw wrong("domain", "must be absent when the name starts with __Host-", domain)
  if (prefix.includes("host") && path !== "/")
    throw wrong("path", 'must be "/" when the name starts with __Host-', path)
  return cookie
}

/** What a browser keeps of name, path and domain (RFC 6265bis section 5.6 and 5.7). */
function checkText({ name, path, domain }: CookieSettings): void {
  if (typeof name !== "string" || !TOKEN.test(name)) throw wrong("name", "must be an RFC 9110 token", name)
  if (name.length > MOST_NAME)
    throw wrong(
      "name",
      `must be at most ${MOST_NAME} characters: browsers drop a cookie whose name and value have more than 4096`,
      name,
    )
  if (typeof path !== "string" || !PATH.test(path))
    throw wrong("path", "must start with / and have neither ; nor what is not visible ASCII", path)
  if (path.length > MOST_ATTRIBUTE)
    throw wrong("path", `must be at most ${MOST_ATTRIBUTE} characters, or browsers leave it out`, path)
  if (domain === undefined) return
  if (typeof domain !== "string" || domain.length > 254 || !DOMAIN.test(domain))
    throw wrong("domain", "must be a domain without scheme and port, such as example.com", domain)
  // Browsers take a name without a dot for a public suffix.
  if (!/.\.|^\.?localhost$/i.test(domain))
    throw wrong("domain", "must be more than a top-level domain, such as example.com", domain)
}

/** What a request brought under our cookie's name. */
export interface CookiesFound {
  /** The well-formed values, each once, four at the most. */
  readonly tokens: readonly string[]
  /** There is a cookie of the name, well-formed or not. */
  readonly isThere: boolean
}

/**
 * Our cookies in a `Cookie` header. A browser sends several of one name when they differ in domain or path, ours or
 * what a neighbouring site has planted (RFC 6265bis section 8.6), and does not say which is which.
 *
 * Only space and tab are trimmed, since browsers store names that start with other white space (CVE-2026-39410), and
 * nothing is decoded: our values need no escapes.
 *
 * @param takesLast Only the last one counts, well-formed or not.
 */
export function readCookies(
  header: string,
  name: string,
  isWellFormed: (value: string) => boolean,
  takesLast = false,
): CookiesFound {
  let tokens: string[] | undefined
  let isThere = false
  for (let start = 0; start < header.length; ) {
    let end = header.indexOf(";", start)
    if (end === -1) end = header.length
    while (isBlank(header, start)) start++
    if (header.startsWith(name, start) && header[start + name.length] === "=") {
      isThere = true
      if (takesLast) tokens = undefined
      let last = end
      while (isBlank(header, last - 1)) last--
      const value = header.slice(start + name.length + 1, last)
      if ((tokens === undefined || tokens.length < MOST_TOKENS) && isWellFormed(value)) {
        if (tokens === undefined) tokens = [value]
        else if (!tokens.includes(value)) tokens.push(value)
      }
    }
    start = end + 1
  }
  return tokens ? { tokens, isThere } : isThere ? UNUSABLE : ABSENT
}

/** A `Set-Cookie` value that ends with the browser when `maxAge` (seconds) is absent, and clears the cookie at 0. */
export function writeCookie(cookie: CookieSettings, value: string, maxAge: number | undefined): string {
  const { domain, ...attributes } = cookie
  return stringifySetCookie({
    ...attributes,
    value,
    ...(domain !== undefined && { domain }),
    ...(maxAge !== undefined && { maxAge }),
    ...(maxAge === 0 && { expires: new Date(0) }),
  })
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 0x20 || code === 0x09
}

function wrong(option: string, rule: string, value: unknown): TypeError {
  return wrongOption(`cookie.${option}`, rule, value)
}

/** The rest of the 4096 bytes is the value's. */
const MOST_NAME = 1024
const MOST_ATTRIBUTE = 1024
const PATH = /^\/[\x20-\x3a\x3c-\x7e]*$/
const DOMAIN = /^\.?(?:[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?\.)*[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/i
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** How many well-formed tokens of one request are tried, each of which may cost a read of the store. */
const MOST_TOKENS = 4
const ABSENT: CookiesFound = { tokens: [], isThere: false }
const UNUSABLE: CookiesFound = { tokens: [], isThere: true }
