export type { SqlDatabase } from "./database.ts"
export { migrationSql, type SqlDialect, type TableOptions } from "./schema.ts"
export { type SqlStore, type SqlStoreOptions, sqlStore } from "./store.ts"
