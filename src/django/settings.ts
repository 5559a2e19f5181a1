import type { StandardSchemaV1 } from "@standard-schema/spec"
import { resolveOptions, type Settings } from "../core/options.ts"
import { checkZone } from "./clock.ts"
import type { Clock } from "./expiry.ts"
import type { Secrets } from "./signing.ts"

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
   * The most bytes one session may take, as JSON. What is stored deflated, or as a pickle that repeats itself, and comes to more
   * is not read. @default 1048576
   */
  readonly maxBytes?: number
  /** How long one call of the backend may take. @default 5 */
  readonly timeout?: number
  /** Told, in a sentence without secrets, of rows that can't be believed. @default console.warn */
  readonly warn?: (message: string) => void
}

/** The settings as the core has them. Throws a `TypeError` that names the option, the rule and the value. */
export function settleDjango<Data extends object>(options: DjangoSettings<Data>): Settings {
  const { sessionCookieAge: age = 1_209_600, sessionCookieSamesite: sameSite = "Lax" } = options
  if (!(typeof age === "number" && age > 0 && age <= MAX_AGE))
    throw new TypeError(
      `The option "sessionCookieAge" must be above 0 and at most ${MAX_AGE} seconds (400 days); it is ${String(age)}`,
    )
  // Without the attribute browsers differ; Django's False, which leaves it away, is not offered.
  if (!["Lax", "Strict", "None"].includes(sameSite))
    throw new TypeError(
      `The option "sessionCookieSamesite" must be "Lax", "Strict" or "None"; it is ${JSON.stringify(sameSite)}`,
    )
  const { schema, maxBytes, timeout, warn, sessionCookieDomain: domain } = options
  const settings = resolveOptions({
    idle: age,
    expireAtBrowserClose: options.expireAtBrowserClose ?? false,
    cookie: {
      name: options.sessionCookieName ?? "sessionid",
      path: options.sessionCookiePath ?? "/",
      secure: options.sessionCookieSecure ?? false,
      httpOnly: options.sessionCookieHttponly ?? true,
      sameSite: sameSite.toLowerCase() as "lax" | "strict" | "none",
      ...(domain !== undefined && { domain }),
    },
    ...(schema && { schema }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(timeout !== undefined && { timeout }),
    ...(warn && { warn }),
  })
  return {
    ...settings,
    absolute: Number.POSITIVE_INFINITY,
    slidesOnUse: options.saveEveryRequest ?? false,
    slidesOnChange: true,
  }
}

/** How times are written. */
export function clockOf({ useTz = true, timeZone = "America/Chicago" }: DjangoSettings<object>): Clock {
  checkZone(timeZone)
  return { useTz, zone: useTz ? "UTC" : timeZone }
}

const MAX_AGE = 400 * 86_400
