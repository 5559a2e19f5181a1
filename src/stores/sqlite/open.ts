import type { Address, Backend, Opening } from "../backend.ts"
import { findFile, makeFile } from "./file.ts"
import { sqliteUpkeep } from "./upkeep.ts"

/** A SQLite file, through what Node brings along. */
export function open({ path, options }: Address, { mayCreate }: Opening): Backend {
  const file = mayCreate ? makeFile(path, options) : findFile(path, options)
  return { store: { ...file.store, migrate: async () => {} }, upkeep: sqliteUpkeep(file, path, options) }
}
