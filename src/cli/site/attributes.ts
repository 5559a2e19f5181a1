import type { Finding } from "../../stores/backend.ts"
import { excerpt } from "../printable.ts"
import { isPublicSuffix } from "./public-suffix.ts"
import { lifeOf, type SetCookie } from "./set-cookie.ts"

/**
 * What is wrong with the attributes of a cookie that a visitor of these pages is given, by the rules of browsers
 * (RFC 6265bis sections 5.6 and 5.7) and by what holdfast sends; when nothing is, one finding that shows them.
 */
export function attributeFindings(cookie: SetCookie, pages: readonly URL[]): readonly Finding[] {
  const found = CHECKS.flatMap((check) => check(cookie, pages) ?? [])
  return found.length > 0 ? found : [{ name: "attributes", value: attributesOf(cookie) }]
}

type Check = (cookie: SetCookie, pages: readonly URL[]) => Finding | undefined

const CHECKS: readonly Check[] = [secure, httpOnly, sameSite, path, domain, partitioned, lifetime, size]

function secure({ secure, name, answer }: SetCookie): Finding | undefined {
  if (secure) return undefined
  const prefix = prefixOf(name)
  if (prefix)
    return missing(
      "Secure",
      `Browsers drop a cookie whose name begins with ${prefix} and that is not Secure. ${BY_PROXY} (proxy_cookie_flags in nginx, say)`,
    )
  // Over plain http it is the scheme that is to be changed.
  if (answer.url.protocol === "http:") return undefined
  return missing(
    "Secure",
    "Browsers also send it over plain http, where it can be read on the way. Leave cookie.secure as it is by default; if the application decides it by the scheme, have the proxy that ends https send X-Forwarded-Proto: https; else a proxy takes Secure off",
  )
}

function httpOnly({ httpOnly, name }: SetCookie): Finding | undefined {
  if (httpOnly) return undefined
  const dropped = /^__(?:host-)?http-/i.test(name) ? "Browsers drop a cookie of this name then. " : ""
  return missing(
    "HttpOnly",
    `${dropped}A script that gets into the page can read the session's token. Leave cookie.httpOnly as it is by default; if it is so, a proxy takes the attribute off`,
  )
}

function sameSite({ sameSite, secure, partitioned }: SetCookie): Finding | undefined {
  if (sameSite === undefined)
    return missing(
      "SameSite",
      "Some browsers then send it with requests that other sites forge. holdfast always sends SameSite, so look for a proxy that takes it off or changes it",
    )
  if (sameSite !== "none") return undefined
  if (!secure)
    return wrong(
      "SameSite",
      "None",
      "Browsers drop a cookie with SameSite=None that is not Secure. Make it Secure, or SameSite=Lax",
    )
  if (partitioned) return undefined
  return wrong(
    "SameSite",
    "None",
    "Requests that other sites forge carry the session. Set cookie.sameSite to lax, or for a page in other sites' frames also cookie.partitioned; if the application says lax, a proxy changes it",
  )
}

function path({ path, name, answer: { url } }: SetCookie, pages: readonly URL[]): Finding | undefined {
  if (isHostPrefixed(name) && path !== "/")
    return wrong(
      "Path",
      path === undefined ? "missing" : excerpt(path),
      `Browsers drop a cookie whose name begins with ${prefixOf(name)} unless it has Path=/. ${BY_PROXY} (proxy_cookie_path in nginx, say)`,
    )
  const actual = path?.startsWith("/") ? path : defaultPath(url.pathname)
  if (pages.some(({ pathname }) => isWithin(pathname, actual))) return undefined
  return wrong(
    "Path",
    excerpt(actual),
    "Browsers do not send it back to the page that sets it, so that each page begins a new session. Leave cookie.path out, or set it to a path that all pages share as the browser sees them; if it is right, a proxy changes the path of pages and not of cookies, or the reverse (proxy_cookie_path)",
  )
}

function domain({ domain, name, answer: { url } }: SetCookie): Finding | undefined {
  if (domain === undefined) return undefined
  if (isHostPrefixed(name))
    return wrong(
      "Domain",
      excerpt(domain),
      `Browsers drop a cookie whose name begins with ${prefixOf(name)} and that has a Domain. ${BY_PROXY} (proxy_cookie_domain in nginx, say)`,
    )
  const wanted = domain.replace(/^\./, "").toLowerCase()
  const host = url.hostname.toLowerCase()
  if (wanted === "" || wanted === host) return undefined
  if (!host.endsWith(`.${wanted}`) || /^[\d.]+$|^\[/.test(host))
    return wrong(
      "Domain",
      excerpt(domain),
      `Browsers drop it, since ${excerpt(host)} is not part of this domain. Leave cookie.domain out, or set the domain that all hosts share as the browser sees them; if the name is that of a server behind a proxy, have the proxy change it (proxy_cookie_domain in nginx)`,
    )
  if (!isPublicSuffix(wanted)) return undefined
  return wrong(
    "Domain",
    excerpt(domain),
    "Browsers drop it, since anyone can have a name under this domain (publicsuffix.org). Leave cookie.domain out, or set the domain that is yours",
  )
}

function partitioned({ partitioned, secure }: SetCookie): Finding | undefined {
  if (!partitioned || secure) return undefined
  return wrong(
    "Partitioned",
    "without Secure",
    "Browsers drop a partitioned cookie that is not Secure. Make it Secure",
  )
}

function lifetime(cookie: SetCookie): Finding | undefined {
  const life = lifeOf(cookie, cookie.answer.answeredAt)
  if (life <= 0)
    return wrong(
      "lifetime",
      shownLife(life),
      "The cookie is over as it comes, so that browsers remove it. holdfast sends the seconds that are left as Max-Age; look for a proxy that changes the line, and at the server's clock",
    )
  if (life <= MOST_LIFE || life === Number.POSITIVE_INFINITY) return undefined
  return wrong(
    "lifetime",
    shownLife(life),
    "Browsers keep a cookie for 400 days at the most. holdfast sends no longer life, so look for a proxy that changes the line",
  )
}

function size({ name, value }: SetCookie): Finding | undefined {
  const bytes = name.length + value.length
  if (bytes <= MOST_BYTES) return undefined
  return wrong(
    "size",
    `${bytes} bytes`,
    `Browsers drop a cookie whose name and value have more than ${MOST_BYTES} bytes. holdfast sends none that large, so look for what changes the line; keep less in a sealed session, or use a store`,
  )
}

function missing(name: string, problem: string): Finding {
  return wrong(name, "missing", problem)
}

function wrong(name: string, value: string, problem: string): Finding {
  return { name, value, problem }
}

/** The attributes in a row. */
function attributesOf(cookie: SetCookie): string {
  const { secure, httpOnly, sameSite, path, domain, partitioned, answer } = cookie
  const shownSite = { lax: "Lax", strict: "Strict", none: "None" }[String(sameSite)]
  return [
    ...(secure ? ["Secure"] : []),
    ...(httpOnly ? ["HttpOnly"] : []),
    ...(shownSite ? [`SameSite=${shownSite}`] : []),
    ...(path === undefined ? [] : [`Path=${excerpt(path)}`]),
    domain === undefined ? "no Domain" : `Domain=${excerpt(domain)}`,
    ...(partitioned ? ["Partitioned"] : []),
    shownLife(lifeOf(cookie, answer.answeredAt)),
  ].join(", ")
}

function shownLife(life: number): string {
  if (life === Number.POSITIVE_INFINITY) return "until the browser closes"
  if (life <= 0) return "over"
  return life < 86_400 ? `for ${Math.round(life)} s` : `for ${Math.round(life / 8640) / 10} days`
}

/** The prefix by which a browser holds the cookie to rules; it does not look at the case (RFC 6265bis section 5.7). */
function prefixOf(name: string): string | undefined {
  return /^__(?:Host-Http|Http|Host|Secure)-/i.exec(name)?.[0]
}

function isHostPrefixed(name: string): boolean {
  return /^__Host-/i.test(name)
}

/** The directory of the page (RFC 6265bis section 5.1.4). */
function defaultPath(pathname: string): string {
  return pathname.slice(0, pathname.lastIndexOf("/")) || "/"
}

function isWithin(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`)
}

const BY_PROXY = "holdfast never sends such a line, so a proxy has changed it: remove the rule that does"
const MOST_LIFE = 400 * 86_400
const MOST_BYTES = 4096
