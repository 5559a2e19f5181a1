import { EXIT, failure } from "../failure.ts"
import { DEFAULT_NAME } from "./presence.ts"

/** What doctor's options say of a site. */
export interface SiteFlags {
  readonly url?: string
  readonly cookie?: string
}

/** A page of a live site, and the cookie to look for. */
export interface SiteQuestion {
  /** The page, without user, password and fragment. */
  readonly url: URL
  /** The user and password for basic authentication, `user:password`. */
  readonly auth: string | undefined
  /** The page as it may be shown: without its query too, which may hold a secret. */
  readonly label: string
  /** The cookie's name. */
  readonly name: string
}

/** Checks the options; `undefined` without `--url`. */
export function siteQuestion({ url: text, cookie }: SiteFlags): SiteQuestion | undefined {
  if (text === undefined) {
    if (cookie !== undefined) throw failure(EXIT.usage, "--cookie goes with --url")
    return undefined
  }
  if (cookie !== undefined && !TOKEN.test(cookie))
    throw failure(EXIT.usage, "--cookie takes the cookie's name alone, without value: an RFC 9110 token")
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    // What is shown of it must have no place for a password.
    throw failure(
      EXIT.usage,
      `--url takes the whole address of a page, such as https://shop.example/cart${/[@?]/.test(text) ? "" : `; it is ${JSON.stringify(text)}`}`,
    )
  const auth = url.username || url.password ? `${decoded(url.username)}:${decoded(url.password)}` : undefined
  url.username = ""
  url.password = ""
  url.hash = ""
  const label = `${url.origin}${url.pathname}${url.search ? "?…" : ""}`
  return { url, auth, label, name: cookie ?? DEFAULT_NAME }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
