import { memoryStore } from "../../src/stores/memory.ts"
import { storeLaws } from "../../src/testing/index.ts"
import { describeStore } from "../services/service.ts"

describeStore("memory", () => storeLaws("memory", async () => ({ store: memoryStore() })))
