import { DatabaseSync } from "node:sqlite"
import { djangoSessions } from "holdfast/django"
import { file, secretKey } from "./settings.ts"

/** What both sides keep in a session, besides what Django itself does. */
export interface SharedData {
  count?: number
  note?: string
}

/** Django's database, waiting while Django writes. */
export const database: DatabaseSync = new DatabaseSync(file, { timeout: 5000 })

/** The sessions of the Django site: the same rows, the same cookie. */
export const sessions = djangoSessions<SharedData>({ engine: "db", database, secretKey })

declare module "holdfast" {
  interface Register {
    sessions: typeof sessions
  }
}
