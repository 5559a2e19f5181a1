export {
  type DjangoLogin,
  type DjangoUser,
  djangoLogin,
  djangoLogout,
  djangoUser,
  verifySessionAuthHash,
} from "./auth.ts"
export type { CacheClient } from "./cache-client.ts"
export type { DjangoCacheOptions } from "./cache-store.ts"
export type { ColumnValue, SessionColumns, StoredSession } from "./columns.ts"
export { type DecodedSession, type DecodeSettings, decodeSession } from "./decode.ts"
export { type ImportOptions, type ImportReport, importDjango, importedSessions } from "./import.ts"
export { type DjangoEngine, type DjangoOptions, djangoSessions } from "./sessions.ts"
export type { DjangoSettings } from "./settings.ts"
export { djangoSigner, type Secrets, type Signed, type SignedForm, type Signer } from "./signing.ts"
export type { DjangoTableOptions } from "./table.ts"
