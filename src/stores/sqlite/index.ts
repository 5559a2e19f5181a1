export type { SqliteStore } from "./file.ts"
export { sqliteStore } from "./store.ts"
