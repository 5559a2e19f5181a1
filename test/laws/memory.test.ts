import { memoryStore } from "../../src/stores/memory.ts"
import { storeLaws } from "../../src/testing/index.ts"

storeLaws("memory", async () => ({ store: memoryStore() }))
