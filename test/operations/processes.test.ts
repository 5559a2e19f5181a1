import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { processLaws } from "../laws/process-laws.ts"
import { describeStore } from "../services/service.ts"
import { soaked } from "../soak/stores.ts"

const directory = mkdtempSync(join(tmpdir(), "holdfast-soak-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

for (const [name, urlOf] of Object.entries(soaked))
  describeStore(name, (services) =>
    processLaws(() => urlOf(services, directory), { canList: name !== "memcached" }),
  )
