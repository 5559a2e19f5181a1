import { resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { djangoSessions } from "holdfast/django"
import { file, secretKey } from "./settings.ts"

/** What both sides keep in a session, besides what Django itself does. */
export interface SharedData {
  count?: number
  note?: string
}

/** Django's database, waiting while Django writes. When it can't be written, the program ends with a sentence. */
export const database: DatabaseSync = openDatabase()

function openDatabase(): DatabaseSync {
  try {
    const opened = new DatabaseSync(file, { timeout: 5000 })
    opened.exec("BEGIN IMMEDIATE; ROLLBACK")
    return opened
  } catch (error) {
    console.error(
      `DATABASE must be a SQLite file that can be written, in a directory that exists and can be written; ` +
        `${resolve(file)} can't be used: ${(error as Error).message}`,
    )
    process.exit(1)
  }
}

/** The sessions of the Django site: the same rows, the same cookie. */
export const sessions = djangoSessions<SharedData>({ engine: "db", database, secretKey })

declare module "holdfast" {
  interface Register {
    sessions: typeof sessions
  }
}
