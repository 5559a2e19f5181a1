import type { StandardSchemaV1 } from "@standard-schema/spec"
import { type CookieOptions, type CookieSettings, resolveCookie } from "./cookie.ts"
import type { Observer } from "./events.ts"
import type { OptionNames } from "./option-names.ts"
import {
  checkBoolean,
  checkCount,
  checkFunction,
  checkSeconds,
  checkWord,
  MOST_LIFE,
  MOST_WAIT,
} from "./option-values.ts"
import { freshData, type Validate, validator } from "./schema.ts"
import type { Store, UserIndex } from "./store.ts"
import type { Uses } from "./uses.ts"

/** Where sessions are kept, either in a store or in the visitor's cookie, and how they behave. */
export type SessionOptions<Data extends object> = Behaviour<Data> & (InStore | InCookie)

/** Options with a schema, which answers for every key of the data; without one a new session has none of them. */
export interface WithSchema<Data extends object> {
  readonly schema: StandardSchemaV1<unknown, Data>
}

/** Sessions in a store; the cookie holds a token. */
export interface InStore {
  /** Where the sessions are kept. */
  readonly store: Store & Partial<UserIndex>
  readonly seal?: never
}

/** Sessions without a store: each travels, encrypted, in its visitor's own cookie. */
export interface InCookie {
  /**
   * The secrets to encrypt with, each of 32 random bytes or more: the first seals, all open, and what is
   * under an old one is sealed anew when it is next used. To change secrets, put the new one first, and drop
   * the old one after `absolute`.
   *
   * What a store gives and a cookie can't:
   * - An end for all copies. `logout()` clears the browser's cookie; a copy of it made before stays good until its
   *   deadline, and there is no `list` and no `revoke`.
   * - Merging. Of parallel requests that change the session the last one to answer wins, `update()` included.
   * - Room. Name and value together have 4096 bytes, some 2900 of data; more is `ERR_SESSION_DATA`.
   *
   * @example
   * createSessions({ seal: [process.env.SESSION_SECRET!, process.env.OLD_SESSION_SECRET!] })
   */
  readonly seal: readonly [secret: string, ...old: string[]]
  readonly store?: never
}

/** How sessions behave. Durations are seconds, as in Max-Age. */
export interface Behaviour<Data extends object> {
  /**
   * A Standard Schema (zod, valibot, arktype, …) that gives `data` its type, fills in defaults and brings
   * old shapes up to date. It must be synchronous and accept `{}`, which is what a new session holds.
   *
   * What is stored is the JSON of `data`, as the application left it; the schema reads it back in the next request. So it must
   * accept the JSON of what it gives: `z.coerce.date()` does, `z.string().transform(Number)` does not. It is asked before anything
   * changed is stored, also by `update()`; what it would refuse is `ERR_SESSION_DATA` then. Stored keys that it does not know
   * stay stored, for another version of the application that does.
   */
  readonly schema?: StandardSchemaV1<unknown, Data>
  /**
   * How long a session lives without being used. Its deadline is moved at most once per tenth of this, so it
   * may end up to a tenth early. @default 1209600 (14 days)
   */
  readonly idle?: number
  /** How long a session lives at most; signing in starts it anew. @default 2592000 (30 days) */
  readonly absolute?: number
  /** End the cookie with the browser unless `setExpiry` says otherwise. @default false */
  readonly expireAtBrowserClose?: boolean
  /** The cookie's name and attributes. */
  readonly cookie?: CookieOptions
  /** The most bytes of UTF-8 the data of one session may take as JSON, where a request changes it. @default 1048576 */
  readonly maxBytes?: number
  /** How long one call of the store may take. @default 5 */
  readonly timeout?: number
  /**
   * Gives a session that somebody is signed in to a new secret this many seconds after the last one, so that a copied
   * cookie works for a short time only. Not below `grace`. @default never
   */
  readonly renew?: number
  /**
   * How long a superseded secret goes on working after a renewal, counted from when the browser first used the new one.
   * @default 60
   */
  readonly grace?: number
  /**
   * What happens when a secret is presented that a renewal has superseded for good: it opens nothing, or the session
   * ends, so that thief and visitor are both signed out. @default "refuse"
   */
  readonly onReuse?: "refuse" | "end"
  /**
   * What a commit does when the session was ended, superseded or signed in anew while the request changed it: it throws
   * `ERR_SESSION_ENDED`, or answers as usual and drops the change. @default "error"
   */
  readonly onEnded?: "error" | "drop"
  /** Told what happened, after the fact: see `SessionEvent`. What it throws changes nothing. */
  readonly observe?: Observer
  /**
   * Told, in a sentence without secrets, what was wrong with a session that was set aside, and once for each cause what else an operator
   * should know: that browsers keep no cookie, that the store takes no writes. @default console.warn
   */
  readonly warn?: (message: string) => void
}

/** The options with every default filled in and every rule checked. */
export interface Settings {
  readonly idle: number
  /**
   * `Infinity` where sessions have no such limit: then the cookie ends with the deadline and is sent with each write.
   */
  readonly absolute: number
  /** Whether using a session without changing it moves its deadline. */
  readonly slidesOnUse: boolean
  /** Whether each change moves it, however little is gained. */
  readonly slidesOnChange: boolean
  readonly expireAtBrowserClose: boolean
  readonly cookie: CookieSettings
  readonly maxBytes: number
  /** In milliseconds. */
  readonly timeout: number
  /** In milliseconds; `Infinity` where secrets are not renewed. */
  readonly renew: number
  /** In milliseconds. */
  readonly grace: number
  /** Whether a session ends when a closed secret is presented. */
  readonly endsOnReuse: boolean
  readonly onEnded: "error" | "drop"
  /** Whether a session that can't be read here is kept: nothing but a login or a logout takes its cookie's place. */
  readonly keepsUnread: boolean
  readonly observe: Observer | undefined
  readonly warn: (message: string) => void
  /** What it was warned of already: causes, each of them once. */
  readonly warned: Set<string>
  /** Whether the store takes notes of uses. */
  readonly uses: Uses
  /** How many cookies were sent. */
  readonly sent: { count: number }
  /** The data of a new session. */
  readonly fresh: () => object
  /** Stored data made to fit the schema, or the schema's reason for refusing it; absent without a schema. */
  readonly validate: Validate | undefined
}

/** The names of what `createSessions` takes. */
export const SESSION_OPTIONS: OptionNames<Behaviour<object> & InStore & { readonly seal: unknown }> = {
  store: true,
  seal: true,
  schema: true,
  idle: true,
  absolute: true,
  expireAtBrowserClose: true,
  cookie: true,
  maxBytes: true,
  timeout: true,
  renew: true,
  grace: true,
  onReuse: true,
  onEnded: true,
  observe: true,
  warn: true,
}

/** Fills in the defaults. Throws a `TypeError` that names the option, the rule and the value. */
export function resolveOptions<Data extends object>(options: Behaviour<Data>): Settings {
  const { idle = 14 * DAY, absolute = 30 * DAY, maxBytes = 1_048_576, timeout = 5, schema } = options
  const { renew, grace = 60, onReuse = "refuse", onEnded = "error", observe, warn } = options
  const { expireAtBrowserClose = false } = options
  checkSeconds("idle", idle, MOST_LIFE)
  checkSeconds("absolute", absolute, MOST_LIFE)
  checkCount("maxBytes", maxBytes)
  checkSeconds("timeout", timeout, MOST_WAIT)
  checkSeconds("grace", grace, MOST_LIFE)
  if (renew !== undefined) checkSeconds("renew", renew, MOST_LIFE)
  if (renew !== undefined && renew < grace)
    throw new TypeError(`The option "renew" must not be below "grace", ${grace} seconds; it is ${renew}`)
  checkWord("onReuse", onReuse, ["refuse", "end"])
  checkWord("onEnded", onEnded, ["error", "drop"])
  checkBoolean("expireAtBrowserClose", expireAtBrowserClose)
  checkFunction("observe", observe)
  checkFunction("warn", warn)

  const validate = schema === undefined ? undefined : validator(schema)
  return {
    idle,
    absolute,
    slidesOnUse: true,
    slidesOnChange: false,
    maxBytes,
    timeout: timeout * 1000,
    renew: (renew ?? Number.POSITIVE_INFINITY) * 1000,
    grace: grace * 1000,
    endsOnReuse: onReuse === "end",
    onEnded,
    keepsUnread: true,
    observe,
    expireAtBrowserClose,
    cookie: resolveCookie(options.cookie),
    warn: warn ?? ((message) => console.warn(`holdfast: ${message}`)),
    warned: new Set(),
    uses: { tryAt: 0 },
    sent: { count: 0 },
    validate,
    fresh: validate ? freshData(validate) : () => ({}),
  }
}

/** Says why a stored session is not used. It stays where it is: nothing is lost by a wrong schema. */
export function setAside({ warn }: Settings, reason: string): undefined {
  warn(`A stored session was set aside, since ${reason}`)
  return undefined
}

const DAY = 86_400
