import { headerOf, type RequestHeaders } from "./headers.ts"
import { checkNames, type OptionNames, type Words } from "./option-names.ts"
import { checkBoolean, checkFunction } from "./option-values.ts"
import { isSession, type Session } from "./session.ts"
import type { AdapterOptions, Sessions } from "./sessions.ts"
import { kindOf } from "./shown.ts"
import type { ConnectionFacts } from "./why-no-cookie.ts"

// What the adapters have in common before the first request, and about `req.session`.

/** The names of the options that every adapter takes. */
export const ADAPTER_OPTIONS: OptionNames<AdapterOptions> = { lazy: true }

/** Throws a `TypeError` unless an adapter got sessions and options as it takes them; `names` are its own, if it has more. */
export function checkAdapter<Options extends AdapterOptions>(
  sessions: unknown,
  options: Options,
  names: OptionNames<Options> | OptionNames<AdapterOptions> = ADAPTER_OPTIONS,
): void {
  const { open, commit } = Object(sessions) as Partial<Sessions>
  if (typeof open !== "function" || typeof commit !== "function")
    throw new TypeError(
      `session(sessions) takes what createSessions({ store }) gives; it got ${kindOf(sessions)}${
        "store" in Object(sessions) || "read" in Object(sessions)
          ? ": write session(createSessions({ store }))"
          : ""
      }`,
    )
  checkNames<AdapterOptions>("session(sessions, options)", options, names, WORDS)
  if (options.lazy !== undefined) checkBoolean("lazy", options.lazy)
  if ("onError" in options) checkFunction("onError", options.onError)
}

const BEFORE = "it is not the adapter's; write it where the sessions are made: createSessions({ … })"
const WORDS: Words = Object.fromEntries(
  [
    "store",
    "seal",
    "schema",
    "idle",
    "absolute",
    "cookie",
    "secret",
    "name",
    "resave",
    "saveUninitialized",
  ].map((name) => [name, BEFORE]),
)

/** What the headers of a request tell of its connection, for `ResponseFacts.connection`. */
export function connectionFacts(
  headers: RequestHeaders,
  isEncrypted: boolean,
  isTrusted?: boolean | undefined,
): ConnectionFacts {
  const read = (name: string): string | undefined => headerOf(headers, name)
  const forwarded = /(?:^|;)\s*proto="?(https?)/i.exec(read("forwarded")?.split(",", 1)[0] ?? "")?.[1]
  const proto = read("x-forwarded-proto")?.split(",", 1)[0]?.trim() || forwarded
  return {
    host: read("host") ?? read(":authority"),
    isEncrypted,
    forwardedProto: proto?.toLowerCase(),
    isTrusted,
    fetchSite: read("sec-fetch-site"),
    fetchMode: read("sec-fetch-mode"),
    fetchDest: read("sec-fetch-dest"),
  }
}

/** Where a request keeps its session when `session` is an accessor. */
const PLACE: unique symbol = Symbol("holdfast.session")
interface Holder {
  [PLACE]?: unknown
}

/**
 * The property `session` of requests or contexts. What is assigned to it later must be a session: `req.session = null`, by which
 * other libraries sign out, throws a `TypeError` that says what to write. A request without a session of ours takes any value.
 */
export const SESSION_PROPERTY: PropertyDescriptor & ThisType<Holder> = {
  get() {
    return this[PLACE]
  },
  set(value: unknown) {
    if (this[PLACE] !== undefined && !isSession(value)) throw replaced(value)
    if (isSession(value)) this[PLACE] = value
    else
      Object.defineProperty(this, "session", { value, writable: true, enumerable: true, configurable: true })
  },
  enumerable: true,
  configurable: true,
}

const prepared = new WeakSet<object>()

/**
 * Puts the session at `target.session`, by `SESSION_PROPERTY`. `owner` is where the property goes: a prototype of the
 * application's own, such as Koa's `app.context`, which costs a request nothing; else the target itself.
 */
export function defineSession(target: object, session: Session<never>, owner: object = target): void {
  if (owner === target) Object.defineProperty(target, "session", SESSION_PROPERTY)
  else if (!prepared.has(owner)) {
    Object.defineProperty(owner, "session", SESSION_PROPERTY)
    prepared.add(owner)
  }
  ;(target as Holder)[PLACE] = session
}

/** What a program gets that puts something else in a session's place. */
export function replaced(value: unknown): TypeError {
  return new TypeError(
    value === null || value === undefined
      ? `A request's session can't be set to ${value}: to sign out and forget the session, write session.logout()`
      : `A request's session can't be replaced, here by ${kindOf(value)}: what it holds is in its data; write Object.assign(session.data, values)`,
  )
}
