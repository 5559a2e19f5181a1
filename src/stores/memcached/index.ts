export { type MemcachedClient, type MemcachedClientOptions, memcachedClient } from "./client.ts"
export { type MemcachedStore, type MemcachedStoreOptions, memcachedStore } from "./store.ts"
