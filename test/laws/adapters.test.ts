import { memoryStore } from "../../src/stores/memory/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { adapterLaws, type OpenedStore } from "../../src/testing/index.ts"
import { adapters } from "../adapters/serve.ts"

const inMemory = async (): Promise<OpenedStore> => ({ store: memoryStore() })
const inSqlite = async (): Promise<OpenedStore> => {
  const store = sqliteStore(":memory:")
  return { store, close: store.close }
}

for (const [name, serve] of Object.entries(adapters)) {
  adapterLaws(`${name}, memory`, serve, { open: inMemory })
  adapterLaws(`${name}, sqlite`, serve, { open: inSqlite })
  adapterLaws(`${name}, sealed`, serve, { seal: ["0123456789abcdefghijklmnopqrstuvwxyz"] })
}
