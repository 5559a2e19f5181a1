export { type CachedStoreOptions, cachedStore } from "./store.ts"
