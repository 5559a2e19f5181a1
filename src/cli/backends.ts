import type { Connection } from "../stores/url-connection.ts"
import type { UrlParts } from "../stores/url-parts.ts"
import type { Backend } from "./backend.ts"
import { fileBackend } from "./backend-file.ts"
import { memcachedBackend } from "./backend-memcached.ts"
import { redisBackend } from "./backend-redis.ts"
import { sqlBackend } from "./backend-sql.ts"

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
