import { kindOf } from "../../core/shown.ts"
import type { Address } from "../backend.ts"
import { URL_SCHEMES, type UrlScheme } from "./schemes.ts"

/**
 * Takes a store URL apart. Throws a `TypeError` that names the rule; it shows nothing of the URL but its
 * scheme, since in a URL that breaks the rules the password may be anywhere.
 */
export function addressOf(url: string): Address {
  const [, name = "", rest = "", query = ""] = /^([a-z+]+):([^?#]*)(?:\?([^#]*))?$/.exec(String(url)) ?? []
  const scheme = Object.hasOwn(URL_SCHEMES, name) ? URL_SCHEMES[name] : undefined
  if (!scheme)
    throw new TypeError(
      `A store URL begins with one of ${Object.keys(URL_SCHEMES).join(": ")}: and has no "#", which is written %23; it is ${kindOf(url)}`,
    )
  const reading: Reading = {
    name,
    scheme,
    wrong: (rule) => new TypeError(`A store URL with "${name}:" ${rule}`),
    decode(text) {
      try {
        return decodeURIComponent(text)
      } catch {
        throw reading.wrong("writes a percent sign as %25")
      }
    },
  }
  const parameters = parametersOf(query, reading)
  const isLocal = scheme.place === "path" || scheme.place === "process"
  return isLocal ? pathAddress(rest, parameters, reading) : hostAddress(rest, parameters, reading)
}

/** What is known while a URL is read. */
interface Reading {
  readonly name: string
  readonly scheme: UrlScheme
  wrong(rule: string): TypeError
  decode(text: string): string
}

interface Parameters {
  readonly options: Address["options"]
  /** The client's own, as written. */
  readonly passed: readonly string[]
  readonly secrets: readonly string[]
}

function parametersOf(query: string, { scheme, wrong, decode }: Reading): Parameters {
  const { parameters: ours = [], passesParameters } = scheme
  const options: { -readonly [name in keyof Address["options"]]: Address["options"][name] } = {}
  const passed: string[] = []
  const secrets: string[] = []
  for (const pair of query.split("&").filter(Boolean)) {
    const [, parameter = "", value = ""] = /^([^=]*)=?(.*)$/.exec(pair) ?? []
    const own = ours.find((name) => name === parameter)
    if (own === "prepare") {
      if (value !== "true" && value !== "false") throw wrong('takes "prepare=true" or "prepare=false"')
      options.prepare = value === "true"
    } else if (own) options[own] = decode(value)
    else if (passesParameters && parameter !== "prefix") passed.push(pair)
    else throw wrong(`takes ${namesOf(ours)}`)
    if (/^pass/i.test(parameter)) secrets.push(value, decode(value))
  }
  return { options, passed, secrets }
}

function namesOf(parameters: readonly string[]): string {
  if (parameters.length === 0) return "no parameters"
  const names = parameters.map((name) => `"${name}"`).join(" and ")
  return `only the parameter${parameters.length > 1 ? "s" : ""} ${names}`
}

/** Of a file, a directory, or nothing at all. */
function pathAddress(rest: string, { options, secrets }: Parameters, reading: Reading): Address {
  const { name, scheme, wrong, decode } = reading
  const path = decode(rest).replace(/^\/\/(?=\/)/, "")
  if (path.startsWith("//") || path.includes("\0") || (path === "") !== (scheme.place === "process"))
    throw wrong(`reads ${name}:${scheme.form}`)
  const nowhere = { user: undefined, password: undefined, hosts: [], isEncrypted: false }
  return { kind: scheme.kind, url: path, label: `${name}:${path}`, path, options, secrets, ...nowhere }
}

function hostAddress(rest: string, { options, passed, secrets }: Parameters, reading: Reading): Address {
  const { name, scheme, wrong, decode } = reading
  const { kind, place, protocol = name } = scheme
  const encoded = scheme.takesLogin ? "; in user name and password, @ : / ? # are percent-encoded" : ""
  const rule = `reads ${name}:${scheme.form}${encoded}`
  const [found, user, password, names = "", path = ""] =
    /^\/\/(?:([^@/:]*)(?::([^@/]*))?@)?([^@/]*)(?:\/(.*))?$/.exec(rest) ?? []
  const hosts = (names === "" && place === "host or parameter" ? [] : names.split(",")).map((text) => {
    const [isHost, ipv6, host = "", number] =
      /^(?:\[([\da-f:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
    const isPortWrong = Number(number) > 65_535 || (number !== undefined && scheme.port === undefined)
    if (!isHost || isPortWrong) throw wrong(rule)
    return { host: ipv6 ?? decode(host), port: Number(number ?? scheme.port ?? 0) }
  })
  const isTooMuch = (hosts.length > 1 && place !== "hosts") || (user !== undefined && !scheme.takesLogin)
  const isPathWrong = path === "" ? scheme.path === "must" : scheme.path === undefined
  if (found === undefined || isTooMuch || isPathWrong) throw wrong(rule)

  return {
    kind,
    url: `${protocol}:${rest}${passed.length > 0 ? `?${passed.join("&")}` : ""}`,
    label: `${name}://${user ? `${user}@` : ""}${names}${path && `/${path}`}`,
    secrets: [...secrets, ...(password ? [password, decode(password)] : [])].filter(Boolean),
    isEncrypted: protocol === "rediss",
    user: user ? decode(user) : undefined,
    password: password === undefined ? undefined : decode(password),
    hosts,
    path: decode(path),
    options,
  }
}
