import { fileStore } from "./file.ts"
import type { Connection } from "./url-connection.ts"
import type { UrlParts } from "./url-parts.ts"

/** A directory of files. */
export function fileConnection({ kind, path }: UrlParts): Connection {
  return { kind, store: { ...fileStore(path), close: async () => {} }, connected: async () => {} }
}
