import { tmpdir } from "node:os"
import { type Codec, isUnread } from "../core/codec.ts"
import type { SessionData } from "../core/data.ts"
import type { Expiry } from "../core/expiry.ts"
import { foreignEngine } from "../core/foreign-engine.ts"
import { guardStore } from "../core/guard.ts"
import { checkNames, type OptionNames } from "../core/option-names.ts"
import { checkWord } from "../core/option-values.ts"
import type { Settings, WithSchema } from "../core/options.ts"
import { type Sessions, sessionsOf } from "../core/sessions.ts"
import type { Renames, Store } from "../core/store.ts"
import { noteSecrets } from "./auth.ts"
import { byteCache } from "./cache-client.ts"
import { cacheKeys, cacheStore, DJANGO_CACHE_OPTIONS, type DjangoCacheOptions } from "./cache-store.ts"
import { cachedTable } from "./cached-table.ts"
import { type DictFormat, djangoCodec, eitherFormat, pickledFormat, signedFormat } from "./codec.ts"
import { columnValues } from "./columns.ts"
import { djangoEngine } from "./engine.ts"
import type { Clock } from "./expiry.ts"
import { djangoFiles } from "./files.ts"
import { djangoKeys } from "./keys.ts"
import { pickle } from "./pickle-writer.ts"
import { COOKIE_SALT, SESSION_SALT } from "./salts.ts"
import { clockOf, DJANGO_SETTINGS, DJANGO_WORDS, type DjangoSettings, settleDjango } from "./settings.ts"
import { signedCookies } from "./signed-cookies.ts"
import { type OpenSigner, openSigner } from "./signing.ts"
import { DJANGO_TABLE_OPTIONS, type DjangoTable, type DjangoTableOptions, djangoTable } from "./table.ts"

/** `SESSION_ENGINE`, by the last part of its name, and what that engine works on. */
export type DjangoEngine =
  | ({ readonly engine: "db" } & DjangoTableOptions)
  | ({ readonly engine: "cache" } & DjangoCacheOptions)
  | ({ readonly engine: "cached_db" } & DjangoTableOptions & DjangoCacheOptions)
  | {
      readonly engine: "file"
      /** `SESSION_FILE_PATH`, which must be a directory that is there. @default os.tmpdir() */
      readonly filePath?: string
    }
  | { readonly engine: "signed_cookies" }

/** The site's settings and its engine. */
export type DjangoOptions<Data extends object = SessionData> = DjangoSettings<Data> & DjangoEngine

/**
 * The sessions of a live Django site, read and written here as Django does: whoever signs in there is signed
 * in here, and the other way round. Every adapter takes them.
 *
 * What Django keeps that JavaScript can't say, integers over 2**53 or `1.0`, stays as it is unless changed
 * here, and no write from here undoes another, Django's own included.
 *
 * @example
 * const sessions = djangoSessions({ engine: "db", database: pool, secretKey: process.env.SECRET_KEY! })
 * app.use(session(sessions))
 */
export function djangoSessions<Data extends object>(
  options: DjangoOptions<Data> & WithSchema<Data>,
): Sessions<Data>
export function djangoSessions<Data extends object = SessionData>(
  options: DjangoOptions<Data>,
): Sessions<Partial<Data>>
export function djangoSessions<Data extends object>(options: DjangoOptions<Data>): Sessions<Data> {
  checkNames("djangoSessions(options)", options, DJANGO_OPTIONS, DJANGO_WORDS)
  checkWord("engine", options.engine, ["db", "cache", "cached_db", "file", "signed_cookies"])
  const settings = settleDjango(options)
  const clock = clockOf(options)
  const { codec, store } = partsOf(options, settings, clock)
  const engine = djangoEngine(
    store
      ? foreignEngine(guardStore(store, settings.timeout), codec, settings, djangoKeys)
      : signedCookies(codec, settings),
  )
  noteSecrets(engine, options)
  return sessionsOf({ settings, engine })
}

/** The names of all engines' options: a site's settings may say where each would be. */
export const DJANGO_OPTIONS: OptionNames<
  DjangoSettings<object> &
    DjangoTableOptions &
    DjangoCacheOptions & { readonly engine: unknown; readonly filePath: unknown }
> = {
  ...DJANGO_SETTINGS,
  ...DJANGO_TABLE_OPTIONS,
  ...DJANGO_CACHE_OPTIONS,
  engine: true,
  filePath: true,
}

function tableOf(options: DjangoTableOptions, { zone }: Clock, codec: Codec): DjangoTable {
  const { columns } = options
  return djangoTable(options, zone, columns && columnValues(columns, codec))
}

/** What the engines differ in. */
function partsOf(
  options: DjangoOptions<object>,
  settings: Settings,
  clock: Clock,
): { readonly codec: Codec; readonly store?: Store & Partial<Renames> } {
  const salted = (salt: string): OpenSigner => openSigner(options.keySalt ?? salt, options, settings.maxBytes)
  const signed = (): DictFormat =>
    signedFormat(salted(SESSION_SALT), { form: options.legacy ? "oldest" : undefined })
  const { warn } = settings

  switch (options.engine) {
    case "db": {
      const codec = djangoCodec(signed(), clock)
      return { codec, store: tableOf(options, clock, codec) }
    }
    case "cache": {
      const store = cacheStore(byteCache(options.cache), cacheKeys(options, "cache"))
      return { codec: djangoCodec(pickledFormat(settings), clock), store }
    }
    case "cached_db": {
      const format = eitherFormat(signed(), pickledFormat(settings))
      const codec = djangoCodec(format, clock)
      const store = cachedTable(tableOf(options, clock, codec), {
        cache: byteCache(options.cache),
        keyOf: cacheKeys(options, "cached_db"),
        pickleOf(payload) {
          const saved = format.read(payload)
          return saved && !isUnread(saved) ? pickle(saved.dict) : undefined
        },
        warn,
      })
      return { codec, store }
    }
    case "file": {
      const codec = djangoCodec(signed(), clock)
      const { filePath: directory = tmpdir() } = options
      const expiryOf = (payload: string): Expiry | undefined => {
        const contents = codec.decode(payload)
        return isUnread(contents) ? undefined : (contents?.expiry ?? null)
      }
      return {
        codec,
        store: djangoFiles({ directory, prefix: settings.cookie.name, expiryOf, limits: settings }),
      }
    }
    case "signed_cookies":
      return { codec: djangoCodec(signedFormat(salted(COOKIE_SALT), { maxAge: settings.idle }), clock) }
  }
}
