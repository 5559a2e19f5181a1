import { memoryStore } from "../../src/stores/memory/index.ts"
import { describeStore } from "../services/service.ts"
import { everyLaw } from "./every-law.ts"

describeStore("memory", () => everyLaw("memory", async () => ({ store: memoryStore() })))
