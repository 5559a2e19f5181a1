import type { Store, UserIndex } from "../../core/store.ts"
import { type Address, absent, type Backend, type Opening } from "../backend.ts"
import type { Layout } from "./layout.ts"
import { findPlaces, makePlaces, missingParts } from "./places.ts"
import { storeIn } from "./store.ts"
import { fileUpkeep } from "./upkeep.ts"

/** A directory of files. */
export function open({ path }: Address, { mayCreate }: Opening): Backend {
  const layout = mayCreate ? makePlaces(path) : findPlaces(path)
  const store = mayCreate ? storeIn(layout, true) : foundStore(layout)
  return {
    store: { ...store, migrate: async () => {}, close: async () => {} },
    upkeep: fileUpkeep(store, layout),
  }
}

/** The store in a directory that may be another one than sessions': what would change it asks for all of its parts. */
function foundStore(layout: Layout): Store & UserIndex {
  const store = storeIn(layout, true)
  function whole(): typeof store {
    const missing = missingParts(layout)
    if (missing.length === 0) return store
    throw absent(
      `There is no ${missing.join(", no ")}: is this a directory of sessions? holdfast migrate makes it one`,
    )
  }
  return {
    ...store,
    create: async (record) => whole().create(record),
    replace: async (record, version) => whole().replace(record, version),
    touch: async (id, expiresAt, version) => whole().touch(id, expiresAt, version),
    delete: async (id) => whole().delete(id),
    clearExpired: async (how) => whole().clearExpired(how),
  }
}
