import { kindOf } from "../core/shown.ts"
import { URL_SCHEMES, type UrlKind } from "./url-schemes.ts"

/** What a store URL says. */
export interface UrlParts {
  readonly kind: UrlKind
  /** The URL as the client takes it: without the parameter that is ours. */
  readonly address: string
  /** The URL for people to read: no password, no parameters. */
  readonly label: string
  /** Every text in it that must never be shown, as written and as meant. */
  readonly secrets: readonly string[]
  /** Whether the connection is to be encrypted from the start (TLS). */
  readonly isEncrypted: boolean
  readonly user: string | undefined
  readonly password: string | undefined
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  /** The path of a file or directory; after a host, what follows the slash. */
  readonly path: string
  /** What the store is told, when the URL says it. */
  readonly options: { readonly table?: string; readonly prefix?: string }
}

/**
 * Takes a store URL apart. Throws a `TypeError` that names the rule; it shows nothing of the URL but its
 * scheme, since in a URL that breaks the rules the password may be anywhere.
 */
export function urlParts(url: string): UrlParts {
  const [, name = "", rest = "", query = ""] = /^([a-z+]+):([^?#]*)(?:\?([^#]*))?$/.exec(String(url)) ?? []
  const scheme = Object.hasOwn(URL_SCHEMES, name) ? URL_SCHEMES[name] : undefined
  if (!scheme)
    throw new TypeError(
      `A store URL begins with one of ${Object.keys(URL_SCHEMES).join(": ")}: and has no "#", which is written %23; it is ${kindOf(url)}`,
    )
  const { kind, form, port, protocol = name } = scheme
  const wrong = (rule: string): TypeError => new TypeError(`A store URL with "${name}:" ${rule}`)
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text)
    } catch {
      throw wrong("writes a percent sign as %25")
    }
  }

  const options: { table?: string; prefix?: string } = {}
  const passed: string[] = []
  const secrets: string[] = []
  for (const pair of query.split("&").filter(Boolean)) {
    const [, parameter = "", value = ""] = /^([^=]*)=?(.*)$/.exec(pair) ?? []
    if (parameter === scheme.parameter) options[scheme.parameter] = decode(value)
    else if (scheme.passesParameters && parameter !== "prefix") passed.push(pair)
    else
      throw wrong(`takes ${scheme.parameter ? `only the parameter "${scheme.parameter}"` : "no parameters"}`)
    if (/^pass/i.test(parameter)) secrets.push(value, decode(value))
  }

  if (port === undefined) {
    const path = decode(rest).replace(/^\/\/(?=\/)/, "")
    if (path.startsWith("//") || path.includes("\0") || (path === "") !== (kind === "memory"))
      throw wrong(`reads ${name}:${form}`)
    const nobody = { user: undefined, password: undefined, hosts: [], isEncrypted: false }
    return { kind, address: path, label: `${name}:${path}`, path, options, secrets, ...nobody }
  }

  const takesLogin = kind !== "memcached"
  const encoded = takesLogin ? "; in user name and password, @ : / ? # are percent-encoded" : ""
  const rule = `reads ${name}:${form}${encoded}`
  const [found, user, password, names = "", path = ""] =
    /^\/\/(?:([^@/:]*)(?::([^@/]*))?@)?([^@/]*)(?:\/(.*))?$/.exec(rest) ?? []
  const many = kind === "redis-cluster" || kind === "redis-sentinel"
  // PostgreSQL alone may have its host elsewhere: ?host=/var/run/postgresql
  const hosts = (names === "" && kind === "postgres" ? [] : names.split(",")).map((text) => {
    const [isHost, ipv6, host = "", number] =
      /^(?:\[([\da-f:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
    if (!isHost || Number(number) > 65_535) throw wrong(rule)
    return { host: ipv6 ?? decode(host), port: Number(number ?? port) }
  })
  const isTooMuch = (hosts.length > 1 && !many) || (user !== undefined && !takesLogin)
  if (found === undefined || isTooMuch || (kind === "redis-sentinel" && path === "")) throw wrong(rule)

  if (password) secrets.push(password, decode(password))
  return {
    kind,
    address: `${protocol}:${rest}${passed.length > 0 ? `?${passed.join("&")}` : ""}`,
    label: `${name}://${user ? `${user}@` : ""}${names}${path && `/${path}`}`,
    secrets: secrets.filter(Boolean),
    isEncrypted: protocol === "rediss",
    user: user ? decode(user) : undefined,
    password: password === undefined ? undefined : decode(password),
    hosts,
    path: decode(path),
    options,
  }
}
