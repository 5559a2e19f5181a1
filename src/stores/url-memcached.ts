import { memcachedClient, memcachedStore } from "./memcached.ts"
import type { Connection } from "./url-connection.ts"
import type { UrlParts } from "./url-parts.ts"

/** A memcached server. */
export function memcachedConnection({ kind, address, options }: UrlParts): Connection {
  const client = memcachedClient(address)
  return {
    kind,
    store: memcachedStore(client, options),
    client,
    connected: async () => void (await client.send("mn")),
  }
}
