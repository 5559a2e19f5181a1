import type { ClearExpiredOptions } from "../index.ts"
import type { Connection } from "../stores/url-connection.ts"
import type { UrlParts } from "../stores/url-parts.ts"
import { fileBackend } from "./backend-file.ts"
import { memcachedBackend } from "./backend-memcached.ts"
import { redisBackend } from "./backend-redis.ts"
import { sqlBackend } from "./backend-sql.ts"

/** What operators do with a backend beyond the `Store` contract, which stays small without it. */
export interface Backend {
  /** The number of dead records still there. */
  countExpired?(): Promise<number>
  /** Why there is no `countExpired`. */
  readonly whyNotCounted?: string
  /** Removes every record, in batches; gives the number of live ones, or of all where that is easier. */
  deleteAll?(options: ClearExpiredOptions): Promise<number>
  /** Why there is no `deleteAll`. */
  readonly whyNotDeleted?: string
  /** What doctor wants to know of it. */
  inspect(): Promise<readonly Finding[]>
}

/** One thing that doctor looked at. */
export interface Finding {
  readonly name: string
  /** What it is like. */
  readonly value: string
  /** What is wrong with it and what to do, in plain words; absent when it is fine. */
  readonly problem?: string
}

/** What can be done with the backend behind this connection. */
export function backendOf(connection: Connection, parts: UrlParts): Backend {
  const { options } = parts
  const { kind, ask, nodes } = connection
  if (ask) return sqlBackend(kind, ask, options.table)
  if (nodes) return redisBackend(nodes, options.prefix)
  if (kind === "file") return fileBackend(connection.store, parts.path)
  if (kind === "memcached") return memcachedBackend(parts)
  return {
    whyNotCounted: "it ends with this process",
    whyNotDeleted: "it ends with this process",
    inspect: async () => [
      { name: "memory", value: "kept in one process", problem: "Every restart signs everybody out" },
    ],
  }
}
