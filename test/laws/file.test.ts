import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileStore } from "../../src/stores/file/index.ts"
import { describeStore } from "../services/service.ts"
import { everyLaw } from "./every-law.ts"

describeStore("file", () => {
  for (const sync of [true, false])
    everyLaw(`file, ${sync ? "synced" : "not synced"}`, async () => {
      const directory = await mkdtemp(join(tmpdir(), "holdfast-"))
      const close = (): Promise<void> => rm(directory, { recursive: true })
      return { store: fileStore(directory, { sync }), close }
    })
})
