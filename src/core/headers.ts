/** The headers of a request, as a `Headers` object or as Node gives them. */
export type RequestHeaders =
  | { get(name: string): string | null }
  | { readonly [name: string]: string | readonly string[] | undefined }

/** The `Cookie` header, or `""`. */
export function cookieHeader(headers: RequestHeaders): string {
  const { cookie } = headers as { cookie?: unknown }
  if (typeof cookie === "string") return cookie
  const { get } = headers
  return typeof get === "function" ? ((get as Headers["get"]).call(headers, "cookie") ?? "") : ""
}

/** A `Vary` value with `Cookie` in it, the rest as it was (RFC 9110 section 12.5.5). */
export function varyOnCookie(vary: string | readonly string[] | number | null | undefined): string {
  if (vary === null || vary === undefined) return "Cookie"
  const present = String(vary)
  if (present.trim() === "") return "Cookie"
  const names = present.split(",").map((name) => name.trim().toLowerCase())
  if (names.includes("*") || names.includes("cookie")) return present
  return `${present}, Cookie`
}
