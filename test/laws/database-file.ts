import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { OpenedDatabase } from "./sql-laws.ts"

/** A database in a file of its own, which goes when it is closed. */
export async function inDirectory(
  open: (path: string) => OpenedDatabase | Promise<OpenedDatabase>,
): Promise<OpenedDatabase> {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-"))
  const { database, close } = await open(join(directory, "sessions.db"))
  return {
    database,
    close: async () => {
      await close()
      await rm(directory, { recursive: true })
    },
  }
}
