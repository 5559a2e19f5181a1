import type { Address, Backend } from "../backend.ts"
import { memcachedClient } from "./client.ts"
import { memcachedStore } from "./store.ts"
import { memcachedUpkeep } from "./upkeep.ts"

/** A memcached server. */
export function open({ url, hosts, options }: Address): Backend {
  const client = memcachedClient(url)
  return {
    store: { ...memcachedStore(client, options), migrate: async () => {} },
    upkeep: {
      connected: async () => void (await client.send("mn")),
      ...memcachedUpkeep(hosts[0]!, options.prefix),
    },
  }
}
