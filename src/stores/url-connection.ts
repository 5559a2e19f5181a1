import type { Store, UserIndex } from "../core/store.ts"
import type { MemcachedClient } from "./memcached-client.ts"
import type { RedisClient } from "./redis-client.ts"
import type { SqlDatabase } from "./sql-database.ts"
import type { UrlKind } from "./url-schemes.ts"

/** A store together with its connection, which is the caller's to close. */
export type OpenStore = Store &
  Partial<UserIndex> & {
    /** Creates or updates what the store needs in its database; absent when it needs nothing. */
    migrate?(): Promise<void>
    /** Ends the connection. Calls that follow fail, but for `close` itself, which may be called again. */
    close(): Promise<void>
  }

/** Told of a connection's errors. */
export type ErrorListener = (error: Error) => void

/** A store opened from a URL, and for those who run it what lies behind it. */
export interface Connection {
  readonly kind: UrlKind
  readonly store: OpenStore
  /** Resolves once the backend has answered; rejects with the reason why it doesn't. */
  connected(): Promise<void>
  /** The pool of connections; only of SQL servers. */
  readonly database?: SqlDatabase
  /** The client; only of a single Redis server and of memcached. */
  readonly client?: RedisClient | MemcachedClient
  /** Runs a SQL statement that has no parameters; only of SQL stores. */
  readonly ask?: SqlQuestion
  /** The servers that hold records; only of Redis. */
  readonly nodes?: () => Promise<readonly RedisNode[]>
}

/** Runs one SQL statement; gives the rows read and the number of rows written. */
export type SqlQuestion = (
  text: string,
) => Promise<{ readonly rows: readonly Record<string, unknown>[]; readonly written: number }>

/** One server of a Redis deployment. */
export interface RedisNode {
  readonly name: string
  /** Sends one command. */
  ask(...command: string[]): Promise<unknown>
}
