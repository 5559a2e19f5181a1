import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, beforeAll, describe } from "vitest"
import type { DjangoOptions } from "../../src/django/index.ts"
import { startDjango } from "../services/django.ts"
import type { Server } from "../services/server.ts"
import { SECRET, sharingLaws } from "./sharing.ts"

describe("Django's engine db on SQLite", () => {
  let directory: string
  let site: Server | undefined
  let database: DatabaseSync

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdfast-django-"))
    const path = join(directory, "site.db")
    site = await startDjango({
      engine: "db",
      secretKey: SECRET,
      database: { ENGINE: "django.db.backends.sqlite3", NAME: path, OPTIONS: { timeout: 20 } },
    })
    database = new DatabaseSync(path, { timeout: 5000 })
  })

  afterAll(async () => {
    database.close()
    await site?.close()
    await rm(directory, { recursive: true })
  })

  const options = (): DjangoOptions<Record<string, unknown>> => ({
    engine: "db",
    database,
    secretKey: SECRET,
  })
  sharingLaws(() => ({ site, options: options() }))
})
