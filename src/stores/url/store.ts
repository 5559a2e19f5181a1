import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkFunction } from "../../core/option-values.ts"
import type { OpenStore } from "../backend.ts"
import { addressOf } from "./address.ts"
import { openBackend } from "./open.ts"

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
 * - `postgres://user:password@host:port/database` (`npm i pg@8`), `?table=` names the table, `?prepare=false` keeps no prepared
 *   statements on the server, for poolers such as PgBouncer before 1.21
 * - `mysql://…` or `mariadb://…` (`npm i mysql2@3`), the same
 * - `redis://…`, `rediss://…`, `redis+cluster://h1:p1,h2:p2`, `redis+sentinel://h1:p1,h2:p2/master`
 *   (`npm i redis@6`), `?prefix=` begins the keys
 * - `memcached://host:port`, `?prefix=` begins the keys
 * - `dynamodb://region` (`npm i @aws-sdk/client-dynamodb@3`), `?table=` names the table, `?endpoint=` leads to an emulator
 * - `sqlite:./file.db`, `?table=` names the table
 * - `file:./directory`
 * - `memory:`
 *
 * The table in PostgreSQL, MySQL, MariaDB and DynamoDB is made by `await store.migrate()`, or `npx holdfast migrate`.
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
  const { onError = () => {} } = options
  return (await openBackend(addressOf(url), { onError, mayCreate: true })).store
}
