import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { describeStore } from "../services/service.ts"
import { everyLaw } from "./every-law.ts"

describeStore("sqlite", () =>
  everyLaw("sqlite", async () => {
    const directory = await mkdtemp(join(tmpdir(), "holdfast-"))
    const store = sqliteStore(join(directory, "sessions.db"))
    const close = async (): Promise<void> => {
      await store.close()
      await rm(directory, { recursive: true })
    }
    return { store, close }
  }),
)
