export type { SqlDatabase } from "./database.ts"
export { migrationSql, type SqlDialect, type TableOptions } from "./schema.ts"
export { type SqlStoreOptions, sqlStore } from "./store.ts"
export type { SqlStore } from "./table-store.ts"
