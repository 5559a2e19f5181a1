import { headerOf, hostOf, type RequestHeaders } from "../core/headers.ts"
import type { ConnectionFacts } from "../index.ts"

/** What the headers of a request tell of its connection, for `ResponseFacts.connection`. */
export function connectionFacts(
  headers: RequestHeaders,
  isEncrypted: boolean,
  isTrusted?: boolean | undefined,
): ConnectionFacts {
  const read: Read = (name) => headerOf(headers, name)
  const host = read("host") ?? read(":authority")
  const forwardedHosts = hostsInFront(read)
  const proto = protoInFront(read)
  return {
    host,
    isEncrypted,
    forwardedProto: HTTP.has(proto) ? "http" : proto === "https" ? proto : undefined,
    isTrusted,
    forwardedHosts,
    isHttpsInFront:
      HTTPS.has(proto) || hasSignOfHttps(read) || isFromHttpsPage(read, [host, ...forwardedHosts]),
    fetchSite: read("sec-fetch-site"),
    fetchMode: read("sec-fetch-mode"),
    fetchDest: read("sec-fetch-dest"),
  }
}

type Read = (name: string) => string | undefined

/** What the outermost proxy says of its connection to the browser, where frameworks look for it. */
function protoInFront(read: Read): string {
  const [, proto] = /(?:^|;)\s*proto="?(\w+)/i.exec(firstOf(read("forwarded"))) ?? []
  return firstOf(read("x-forwarded-proto")) || (proto ?? "").toLowerCase()
}

/** The hosts that browsers asked proxies in front for. */
function hostsInFront(read: Read): string[] {
  const forwarded = (read("forwarded") ?? "")
    .split(/[;,]/)
    .flatMap((part) => /^\s*host="?([^"\s]+)/i.exec(part)?.[1] ?? [])
  const others = ["x-forwarded-host", "x-original-host"].flatMap((name) => (read(name) ?? "").split(","))
  return [...forwarded, ...others.map((each) => each.trim())].filter(Boolean)
}

/** Whether a proxy says https in a word of its own, or the browser has sent what it sends over https alone. */
function hasSignOfHttps(read: Read): boolean {
  return (
    SCHEMES.some((name) => HTTPS.has(firstOf(read(name)))) ||
    FLAGS.some((name) => firstOf(read(name)) === "on") ||
    /"scheme"\s*:\s*"https"/i.test((read("cf-visitor") ?? "").slice(0, 200)) ||
    firstOf(read("x-forwarded-port")) === "443" ||
    Boolean(read("x-arr-ssl")) ||
    read("sec-fetch-site") !== undefined // Fetch Metadata section 2: to trustworthy URLs alone
  )
}

/** Whether a page of one of these hosts has sent the request, and was there by https. */
function isFromHttpsPage(read: Read, hosts: readonly (string | undefined)[]): boolean {
  return ["origin", "referer"].some((name) => {
    const [, page] = /^https:\/\/([^/?#@\\]+)(?:[/?#]|$)/i.exec(read(name) ?? "") ?? []
    return page !== undefined && hosts.some((host) => hostOf(host) === hostOf(page))
  })
}

/** The first of a list, which the proxy next to the browser has written. */
function firstOf(header: string | undefined): string {
  return (header ?? "").split(",", 1)[0]!.trim().toLowerCase()
}

const HTTP = new Set(["http", "ws"])
const HTTPS = new Set(["https", "wss"])

const SCHEMES = [
  "cloudfront-forwarded-proto",
  "fly-forwarded-proto",
  "x-forwarded-protocol",
  "x-forwarded-scheme",
  "x-scheme",
  "x-url-scheme",
]
const FLAGS = ["x-forwarded-ssl", "x-forwarded-https", "front-end-https"]
