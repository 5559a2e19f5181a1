import type { CookieSettings } from "./cookie.ts"
import { hostOf } from "./headers.ts"
import { shown } from "./shown.ts"

/** What an adapter knows of the way between browser and application. */
export interface ConnectionFacts {
  /** The header `Host`, or `:authority` in HTTP/2. */
  readonly host?: string | undefined
  /** The connection that the request came by is encrypted: https all the way. */
  readonly isEncrypted: boolean
  /** What a proxy in front says of its own connection to the browser, believed or not: `http` or `https`. */
  readonly forwardedProto?: string | undefined
  /** The hosts that proxies in front were asked for, believed or not. */
  readonly forwardedHosts?: readonly string[] | undefined
  /** Something else shows that the browser speaks https: a header of a proxy's own, say, or that a page of this host sent the request. */
  readonly isHttpsInFront?: boolean | undefined
  /** Whether the application believes it; absent where the framework has no such setting. */
  readonly isTrusted?: boolean | undefined
  /** The headers `Sec-Fetch-Site`, `Sec-Fetch-Mode` and `Sec-Fetch-Dest`, by which browsers say who asks. */
  readonly fetchSite?: string | undefined
  readonly fetchMode?: string | undefined
  readonly fetchDest?: string | undefined
}

/** Why a browser does not keep a cookie, as far as it can be seen from here. */
type Seen = "plain http" | "untrusted proxy" | "other domain" | "cross-site"

/** A cause, and the sentences to warn with: what was seen, what comes of it and what to set. */
export interface Loss {
  readonly cause: Seen
  readonly message: string
}

/** All causes for which a browser will not keep this cookie from an answer over this connection, as far as they can be seen from here. */
export function whyNoCookie(cookie: CookieSettings, facts: ConnectionFacts): readonly Loss[] {
  const host = hostOf(facts.host)
  if (host === undefined) return []
  return Object.entries(CHECKS).flatMap(([cause, check]) => {
    const message = check(cookie, facts, host)
    return message === undefined ? [] : { cause: cause as Seen, message }
  })
}

/** Whether there is nothing left to say. */
export function isAllOf(warned: ReadonlySet<string>): boolean {
  return (Object.keys(CHECKS) as Seen[]).every((cause) => warned.has(cause))
}

type Check = (cookie: CookieSettings, facts: ConnectionFacts, host: string) => string | undefined

const CHECKS: Readonly<Record<Seen, Check>> = {
  "plain http": plainHttp,
  "untrusted proxy": untrustedProxy,
  "other domain": otherDomain,
  "cross-site": crossSite,
}

function plainHttp(
  { name, secure }: CookieSettings,
  facts: ConnectionFacts,
  host: string,
): string | undefined {
  const { isEncrypted, forwardedProto, isHttpsInFront } = facts
  if (!secure || isEncrypted || isHttpsInFront || forwardedProto === "https") return undefined
  if (hostsOf(facts, host).some(isLocal)) return undefined
  const seen =
    forwardedProto === undefined
      ? `came over plain http, and no proxy says that it ends https in front (X-Forwarded-Proto)`
      : `reached the proxy over plain http, as it says (X-Forwarded-Proto)`
  return `The session cookie ${shown(name, 64)} is Secure, and a request for ${shown(host, 64)} ${seen}. A browser that sees plain http drops a Secure cookie from any host but localhost, so that the session is lost. Serve https, or have the proxy that ends it send X-Forwarded-Proto: https; where there is plain http only, such as in tests, set cookie: { secure: false }. ${PAGE}`
}

function untrustedProxy(_cookie: CookieSettings, facts: ConnectionFacts, host: string): string | undefined {
  if (facts.isEncrypted || facts.forwardedProto !== "https" || facts.isTrusted !== false) return undefined
  return `A proxy says that the browser reached ${shown(host, 64)} over https (X-Forwarded-Proto), and the application does not believe it, so that it takes the request for plain http. The session cookie is sent all the same; redirects to https, and checks of where a request comes from, will go wrong. If the proxy is yours, set app.set("trust proxy", 1) in Express, app.proxy = true in Koa, trustProxy: true in Fastify. ${PAGE}`
}

function otherDomain(
  { name, domain }: CookieSettings,
  facts: ConnectionFacts,
  host: string,
): string | undefined {
  const wanted = domain?.replace(/^\./, "").toLowerCase()
  if (wanted === undefined) return undefined
  if (hostsOf(facts, host).some((each) => each === wanted || each.endsWith(`.${wanted}`))) return undefined
  return `The session cookie ${shown(name, 64)} is for the domain ${shown(wanted, 64)}, and a request was for ${shown(host, 64)}, which is not part of it. Browsers drop such a cookie, so that the session is lost. Leave cookie.domain out, so that the cookie is for the host that answers; or set the domain that all your hosts share. ${PAGE}`
}

function crossSite(
  { name, sameSite }: CookieSettings,
  facts: ConnectionFacts,
  host: string,
): string | undefined {
  const { fetchSite, fetchMode, fetchDest } = facts
  const isPage = fetchMode === "navigate" && (fetchDest === undefined || fetchDest === "document")
  if (sameSite === "none" || fetchSite !== "cross-site" || isPage) return undefined
  return `The session cookie ${shown(name, 64)} is SameSite=${sameSite === "lax" ? "Lax" : "Strict"}, and a page of another site asked ${shown(host, 64)} for the answer that sets it, by a script or in a frame. Browsers drop the cookie then, so that the session is lost. Serve both from one site, such as app.example.com and api.example.com; or set cookie: { sameSite: "none", partitioned: true } and protect every change against forged requests. ${PAGE}`
}

/** All hosts that the browser may have asked for. */
function hostsOf({ forwardedHosts = [] }: ConnectionFacts, host: string): string[] {
  return [host, ...forwardedHosts.flatMap((each) => hostOf(each) ?? [])]
}

/** Whether browsers take http from it for as safe as https (W3C Secure Contexts section 3.1). */
export function isLocal(host: string): boolean {
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(host)
  )
}

/** Where the warnings lead. */
export const PAGE = "See docs/cookies.md"
