import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Address, absent, type Backend, type Opening } from "../backend.ts"
import { fileStore, SESSIONS } from "./store.ts"
import { fileUpkeep } from "./upkeep.ts"

/** A directory of files. */
export function open({ path }: Address, { mayCreate }: Opening): Backend {
  if (!mayCreate && !existsSync(join(path, SESSIONS)))
    throw absent(`There are no sessions in ${path}; the web application makes it, or holdfast migrate`)
  const store = fileStore(path)
  return {
    store: { ...store, migrate: async () => {}, close: async () => {} },
    upkeep: fileUpkeep(store, path),
  }
}
