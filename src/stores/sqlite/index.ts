export { type SqliteStore, sqliteStore } from "./store.ts"
