export type { OpenStore } from "../backend.ts"
export { storeFromUrl, type UrlStoreOptions } from "./store.ts"
