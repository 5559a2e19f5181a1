import { memoryStore } from "../../src/stores/memory.ts"
import { sqliteStore } from "../../src/stores/sqlite.ts"
import { adapterLaws } from "../../src/testing/index.ts"
import { adapters } from "../adapters/serve.ts"

for (const [name, serve] of Object.entries(adapters)) {
  adapterLaws(`${name}, memory`, serve, async () => ({ store: memoryStore() }))
  adapterLaws(`${name}, sqlite`, serve, async () => {
    const store = sqliteStore(":memory:")
    return { store, close: store.close }
  })
}
