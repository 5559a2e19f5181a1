import type { HeaderSoFar } from "./cache-control.ts"

/** The headers of a request, as a `Headers` object or as Node gives them. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined }

/** The `Cookie` header, or `""`. */
export function cookieHeader(headers: RequestHeaders): string {
  const { cookie } = headers as { cookie?: unknown }
  if (typeof cookie === "string") return cookie
  const { get, headers: inner } = headers as { get?: unknown; headers?: unknown }
  if (typeof get === "function") return (get as Headers["get"]).call(headers, "cookie") ?? ""
  // A header of that name would be text.
  if (typeof inner === "object" && inner !== null)
    throw new TypeError(
      "open(headers) takes a request's headers; it got the request: write sessions.open(request.headers)",
    )
  return ""
}

/** Any other header, by its name in lower case. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  const value = (headers as { readonly [name: string]: unknown })[name]
  if (typeof value === "string") return value
  const { get } = headers
  // Names that begin with a colon are Node's; a `Headers` object refuses them.
  if (typeof get !== "function" || name.startsWith(":")) return undefined
  return (get as Headers["get"]).call(headers, name) ?? undefined
}

/** The host without its port, in lower case; `undefined` where there is none. */
export function hostOf(header: string | undefined): string | undefined {
  const host = /^(\[[^\]]*\]|[^:]*)/
    .exec(header ?? "")?.[0]
    .toLowerCase()
    .replace(/\.$/, "")
  return host || undefined
}

/** A `Vary` value with `Cookie` in it, the rest as it was (RFC 9110 section 12.5.5). */
export function varyOnCookie(vary: HeaderSoFar): string {
  if (vary === null || vary === undefined) return "Cookie"
  const present = String(vary)
  if (present.trim() === "") return "Cookie"
  const names = present.split(",").map((name) => name.trim().toLowerCase())
  if (names.includes("*") || names.includes("cookie")) return present
  return `${present}, Cookie`
}
