import { checkNames, type OptionNames } from "../core/option-names.ts"
import { checkFunction } from "../core/option-values.ts"
import type { Store, UserIndex } from "../core/store.ts"
import type { Connection, ErrorListener, OpenStore } from "./url-connection.ts"
import { type UrlParts, urlParts } from "./url-parts.ts"

export type { OpenStore } from "./url-connection.ts"

/** How a store from a URL behaves. */
export interface UrlStoreOptions {
  /**
   * Told of errors of the connection, such as a server that went away. They end no process: the client
   * connects anew, and the calls that needed the server fail on their own. @default nobody is told
   */
  readonly onError?: (error: Error) => void
}

const OPTIONS: OptionNames<UrlStoreOptions> = { onError: true }

/**
 * The store that a URL names, with its client, so that where sessions are kept is one line of configuration:
 *
 * - `postgres://user:password@host:port/database` (`npm i pg@8`), `?table=` names the table
 * - `mysql://…` or `mariadb://…` (`npm i mysql2@3`), `?table=` names the table
 * - `redis://…`, `rediss://…`, `redis+cluster://h1:p1,h2:p2`, `redis+sentinel://h1:p1,h2:p2/master`
 *   (`npm i redis@6`), `?prefix=` begins the keys
 * - `memcached://host:port`, `?prefix=` begins the keys
 * - `sqlite:./file.db`, `?table=` names the table
 * - `file:./directory`
 * - `memory:`
 *
 * The table in PostgreSQL, MySQL and MariaDB is made by `await store.migrate?.()`, or `npx holdfast migrate`.
 *
 * Does not fail when the server is away: a program may start before its store does. Throws a `TypeError`
 * when the URL breaks a rule, without ever showing its password, and an `Error` with the line to type when
 * the client's package is missing.
 *
 * @example
 * createSessions({ store: await storeFromUrl(process.env.SESSION_STORE ?? "sqlite:./sessions.db") })
 */
export async function storeFromUrl(url: string, options: UrlStoreOptions = {}): Promise<OpenStore> {
  checkNames("storeFromUrl(url, options)", options, OPTIONS)
  checkFunction("onError", options.onError)
  return (await connect(urlParts(url), options.onError ?? (() => {}))).store
}

/** The store that the URL names and what lies behind it. Only what the URL needs is loaded. */
export async function connect(parts: UrlParts, onError: ErrorListener): Promise<Connection> {
  return closedOnce(await open(parts, onError))
}

/** The connection, whose end is one however often and from however many places it is asked for. */
function closedOnce(connection: Connection): Connection {
  const { store } = connection
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= store.close()
    return closing
  }
  return { ...connection, store: { ...store, close } }
}

async function open(parts: UrlParts, onError: ErrorListener): Promise<Connection> {
  switch (parts.kind) {
    case "postgres":
      return (await import("./url-postgres.ts")).postgresConnection(parts, onError)
    case "mysql":
      return (await import("./url-mysql.ts")).mysqlConnection(parts, onError)
    case "redis":
    case "redis-cluster":
    case "redis-sentinel":
      return (await import("./url-redis.ts")).redisConnection(parts, onError)
    case "memcached":
      return (await import("./url-memcached.ts")).memcachedConnection(parts)
    case "sqlite":
      return (await import("./url-sqlite.ts")).sqliteConnection(parts)
    case "file":
      return (await import("./url-file.ts")).fileConnection(parts)
    case "memory":
      return memoryConnection((await import("./memory.ts")).memoryStore())
  }
}

function memoryConnection(store: Store & UserIndex): Connection {
  return { kind: "memory", store: { ...store, close: async () => {} }, connected: async () => {} }
}
