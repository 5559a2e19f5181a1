import type { StandardSchemaV1 } from "@standard-schema/spec"
import type { OptionNames, Words } from "../core/option-names.ts"
import { checkBoolean, checkSeconds, checkText, checkWord, MOST_LIFE } from "../core/option-values.ts"
import { resolveOptions, type Settings } from "../core/options.ts"
import { checkZone } from "./clock.ts"
import type { Clock } from "./expiry.ts"
import { checkSecrets, type Secrets } from "./signing.ts"

/**
 * Django's settings under their own names in camel case, `SESSION_` left away except before `COOKIE`, with
 * Django's defaults. They must say what the site's settings.py says. Durations are seconds.
 */
export interface DjangoSettings<Data extends object> extends Secrets {
  /** A Standard Schema for the data, as in `createSessions`. It must let Django's own keys through. */
  readonly schema?: StandardSchemaV1<unknown, Data>
  /** `SESSION_COOKIE_NAME`. @default "sessionid" */
  readonly sessionCookieName?: string
  /** `SESSION_COOKIE_AGE`: how long a session lives after it was last saved. @default 1209600 (2 weeks) */
  readonly sessionCookieAge?: number
  /** `SESSION_COOKIE_DOMAIN`. @default undefined: this host only */
  readonly sessionCookieDomain?: string
  /** `SESSION_COOKIE_PATH`. @default "/" */
  readonly sessionCookiePath?: string
  /** `SESSION_COOKIE_SECURE`. @default false */
  readonly sessionCookieSecure?: boolean
  /** `SESSION_COOKIE_HTTPONLY`. @default true */
  readonly sessionCookieHttponly?: boolean
  /** `SESSION_COOKIE_SAMESITE`. @default "Lax" */
  readonly sessionCookieSamesite?: "Lax" | "Strict" | "None"
  /** `SESSION_SAVE_EVERY_REQUEST`: whether using a session moves its end, at most once per tenth of its time. @default false */
  readonly saveEveryRequest?: boolean
  /** `SESSION_EXPIRE_AT_BROWSER_CLOSE`. @default false */
  readonly expireAtBrowserClose?: boolean
  /** `USE_TZ`, which is `False` by default up to Django 4.2. @default true */
  readonly useTz?: boolean
  /** `TIME_ZONE`: matters only with `useTz: false`. @default "America/Chicago", as in Django */
  readonly timeZone?: string
  /** `key_salt` of a SessionStore class of one's own. @default as Django's own stores have it */
  readonly keySalt?: string
  /**
   * The most bytes of UTF-8 the data of one session may take as JSON. What is stored deflated, or as a pickle that repeats itself, and comes to more
   * is not read. @default 1048576
   */
  readonly maxBytes?: number
  /**
   * What becomes of what a request stores, when the session that it brought can't be read here, as under a wrong `secretKey`: it is
   * refused with `ERR_SESSION_ENDED`, so that the visitor keeps cookie and session; or it begins a session, whose cookie takes the
   * place of the other, as is right when a `SECRET_KEY` was retired without a fallback. @default "refuse"
   */
  readonly onUnreadable?: "refuse" | "replace"
  /** How long one call of the backend may take. @default 5 */
  readonly timeout?: number
  /** Told, in a sentence without secrets, of sessions that can't be read. @default console.warn */
  readonly warn?: (message: string) => void
}

export const DJANGO_SETTINGS: OptionNames<DjangoSettings<object>> = {
  secretKey: true,
  fallbacks: true,
  legacy: true,
  schema: true,
  sessionCookieName: true,
  sessionCookieAge: true,
  sessionCookieDomain: true,
  sessionCookiePath: true,
  sessionCookieSecure: true,
  sessionCookieHttponly: true,
  sessionCookieSamesite: true,
  saveEveryRequest: true,
  expireAtBrowserClose: true,
  useTz: true,
  timeZone: true,
  keySalt: true,
  maxBytes: true,
  onUnreadable: true,
  timeout: true,
  warn: true,
}

/** What Django calls the settings that are shortened here, and what `createSessions` calls them. */
export const DJANGO_WORDS: Words = {
  secretKeyFallbacks: "write fallbacks: [ … ]",
  sessionEngine: 'write engine: "db", "cache", "cached_db", "file" or "signed_cookies"',
  sessionFilePath: 'write filePath: … with the engine "file"',
  sessionSaveEveryRequest: "write saveEveryRequest: true",
  sessionExpireAtBrowserClose: "write expireAtBrowserClose: true",
  sessionSerializer: "both of Django's formats are read; leave it out",
  sessionCacheAlias: "write cache: client, the server behind that alias",
  cookie: "Django's settings are written one by one: sessionCookieName, sessionCookieSecure and so on",
  idle: "write sessionCookieAge: seconds",
  absolute: "Django's sessions have no such limit; leave it out",
  store: 'write engine: … and what it works on, as in { engine: "db", database: pool }',
  seal: 'write engine: "signed_cookies"',
}

/** The settings as the core has them. Throws a `TypeError` that names the option, the rule and the value. */
export function settleDjango<Data extends object>(options: DjangoSettings<Data>): Settings {
  checkSecrets(options)
  if (options.keySalt !== undefined) checkText("keySalt", options.keySalt)
  const { sessionCookieAge: age = 1_209_600, sessionCookieSamesite: sameSite = "Lax" } = options
  checkSeconds("sessionCookieAge", age, MOST_LIFE)
  // Without the attribute browsers differ; Django's False, which leaves it away, is not offered.
  checkWord("sessionCookieSamesite", sameSite, ["Lax", "Strict", "None"])
  const { onUnreadable = "refuse" } = options
  checkWord("onUnreadable", onUnreadable, ["refuse", "replace"])
  for (const name of FLAGS) if (options[name] !== undefined) checkBoolean(name, options[name])
  const { sessionCookieName: name = "sessionid", sessionCookiePath: path = "/" } = options
  const { schema, maxBytes, timeout, warn, sessionCookieDomain: domain } = options
  const settings = resolveOptions({
    idle: age,
    expireAtBrowserClose: options.expireAtBrowserClose ?? false,
    cookie: {
      name,
      path,
      secure: options.sessionCookieSecure ?? false,
      httpOnly: options.sessionCookieHttponly ?? true,
      sameSite: sameSite.toLowerCase() as "lax" | "strict" | "none",
      ...(domain !== undefined && { domain }),
    },
    ...(schema !== undefined && { schema }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(timeout !== undefined && { timeout }),
    ...(warn !== undefined && { warn }),
  })
  return {
    ...settings,
    absolute: Number.POSITIVE_INFINITY,
    slidesOnUse: options.saveEveryRequest ?? false,
    slidesOnChange: true,
    keepsUnread: onUnreadable === "refuse",
  }
}

/** How times are written. */
export function clockOf({ useTz = true, timeZone = "America/Chicago" }: DjangoSettings<object>): Clock {
  checkBoolean("useTz", useTz)
  checkZone(timeZone)
  return { useTz, zone: useTz ? "UTC" : timeZone }
}

const FLAGS = [
  "sessionCookieSecure",
  "sessionCookieHttponly",
  "saveEveryRequest",
  "expireAtBrowserClose",
] as const
