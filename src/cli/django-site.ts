import { existsSync } from "node:fs"
import type { Command } from "commander"
import { decodeSession } from "../django/decode.ts"
import { djangoSessions } from "../django/sessions.ts"
import { clockOf } from "../django/settings.ts"
import { type DjangoTable, djangoTable } from "../django/table.ts"
import type { SessionInfo } from "../index.ts"
import { type Address, type Link, unable } from "../stores/backend.ts"
import { type MemcachedClient, memcachedClient } from "../stores/memcached/client.ts"
import type { RedisClient } from "../stores/redis/client.ts"
import { connectedServer } from "../stores/redis/open.ts"
import {
  closed,
  type Overview,
  opening,
  printer,
  reached,
  storeAddress,
  timeoutOf,
  warnOn,
  wholeNumber,
  withStore,
} from "./command.ts"
import { type DjangoDatabase, djangoDatabase, isDatabase } from "./django-database.ts"
import { type DjangoFlags, settingsOf, takesSettings, timesOf } from "./django-settings.ts"
import { EXIT, failure, misuse } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { sessionsOf } from "./printable.ts"

/** Adds `--django` and what goes with it. */
export function takesDjango(command: Command): Command {
  return takesSettings(
    command.option("--django", "the store is a Django site's database, cache or directory of sessions"),
  )
    .option("--cookie-name <name>", "SESSION_COOKIE_NAME, which session files begin with")
    .option("--key-version <number>", "the cache's VERSION", wholeNumber)
}

/** What of a site's settings stands on the command line. */
interface SiteFlags extends DjangoFlags {
  readonly cookieName?: string
  readonly keyVersion?: number
}

const SITE_FLAGS = ["timeZone", "keySalt", "legacy", "cookieName", "keyVersion"] as const

/** Does the work on a Django site's sessions with `--django`, else on a store of ours. */
export async function withEither(
  command: Command,
  invocation: Invocation,
  work: (overview: Overview) => Promise<number>,
): Promise<void> {
  const { django, ...flags } = command.opts<SiteFlags & { readonly django?: true }>()
  if (!django) {
    if (SITE_FLAGS.some((name) => flags[name] !== undefined))
      throw failure(
        EXIT.usage,
        "--time-zone, --key-salt, --legacy, --cookie-name and --key-version go with --django",
      )
    return withStore(command, invocation, work)
  }
  const address = storeAddress(command)
  const { patience } = invocation
  patience.expect(address.label, timeoutOf(command))
  await using site = await openSite(address, flags, warnOn(invocation), patience.answered)
  invocation.exitCode = await work({
    ...site,
    isDjango: true,
    label: address.label,
    streams: invocation,
    patience,
    print: printer(command, invocation),
  })
}

/** A Django site's sessions, opened. */
interface Site extends Pick<Overview, "sessions" | "upkeep" | "listByUser">, AsyncDisposable {}

type Warn = (message: string) => void

async function openSite(address: Address, flags: SiteFlags, warn: Warn, answered: () => void): Promise<Site> {
  const { kind, path: filePath } = address
  if (isDatabase(address)) return tableSite(await djangoDatabase(address), flags, warn, answered)
  if (kind !== "file") return cacheSite(address, flags, warn)
  if (!existsSync(filePath))
    throw failure(EXIT.store, `There is no ${filePath}; give the site's SESSION_FILE_PATH`)
  const { cookieName } = flags
  const settings = {
    ...settingsOf(flags),
    warn,
    ...(cookieName !== undefined && { sessionCookieName: cookieName }),
  }
  return {
    sessions: misuse(() => djangoSessions({ engine: "file", filePath, ...settings })),
    upkeep: {
      async countExpired() {
        throw unable("it would have to open every file, which is the work of removing them")
      },
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

/** A site with its sessions in a cache. */
async function cacheSite(address: Address, flags: SiteFlags, warn: Warn): Promise<Site> {
  const { kind, label, options } = address
  if (kind !== "redis" && kind !== "memcached")
    throw failure(EXIT.usage, `Django keeps no sessions in ${label}`)
  const { client: cache, connected, close: end } = await opening(address, () => openCache(address))
  const close = (): Promise<void> => closed({ close: end })
  try {
    await reached({ connected }, label)
    const keys = { keyPrefix: options.prefix ?? "", keyVersion: flags.keyVersion ?? 1 }
    return {
      // What is in a cache is not signed.
      sessions: misuse(() =>
        djangoSessions({ engine: "cache", cache, ...keys, secretKey: "not used", warn }),
      ),
      upkeep: { countExpired: async () => 0 },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function openCache(address: Address): Promise<Link<RedisClient | MemcachedClient>> {
  if (address.kind === "redis") return connectedServer(address, { onError: () => {}, mayCreate: false })
  const client = memcachedClient(address.url)
  return { client, connected: async () => void (await client.send("mn")), close: client.close }
}

/** A site with its sessions in a table. Clearing it takes no secret, since nothing is decoded. */
function tableSite(from: DjangoDatabase, flags: DjangoFlags, warn: Warn, answered: () => void): Site {
  const table = misuse(() => djangoTable(from, clockOf({ secretKey: "", ...timesOf(flags) }).zone))
  return {
    sessions: {
      find: async (key) => djangoSessions({ engine: "db", ...from, ...settingsOf(flags), warn }).find(key),
      clearExpired: table.clearExpired,
    },
    upkeep: { countExpired: () => table.count("dead") },
    listByUser: (userId) => listByUser(table, userId, flags, warn, answered),
    [Symbol.asyncDispose]: () => from[Symbol.asyncDispose](),
  }
}

/** Looks through the whole table, since Django's rows don't say whose they are. */
async function listByUser(
  table: DjangoTable,
  user: string,
  flags: DjangoFlags,
  warn: Warn,
  answered: () => void,
): Promise<readonly SessionInfo[]> {
  const settings = settingsOf(flags)
  const found: SessionInfo[] = []
  let unreadable = 0
  for (let last = ""; ; ) {
    const rows = await table.after(last, BATCH)
    answered()
    for (const { record } of rows) {
      const decoded = decodeSession(record.payload, settings)
      const expiresAt = new Date(record.expiresAt)
      if (!decoded || Number.isNaN(expiresAt.getTime())) unreadable++
      else if (decoded.userId === user) {
        const { userId, savedAt, expiry, data } = decoded
        const instants = { createdAt: savedAt, signedInAt: null, usedAt: savedAt, expiresAt }
        found.push({ id: record.id, userId, ...instants, expiry, data })
      }
    }
    if (rows.length < BATCH) break
    last = rows.at(-1)!.record.id
  }
  if (unreadable > 0)
    warn(`${sessionsOf(unreadable)} could not be read: damaged, or not signed with DJANGO_SECRET_KEY`)
  return found.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
}

const BATCH = 1000
