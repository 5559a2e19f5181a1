import { createSessions } from "holdfast"
import { storeFromUrl } from "holdfast/url"

/** What this application keeps in a session. */
export interface LoginData {
  visits?: number
}

const USUAL = "sqlite:./holdfast-login.db"
const { SESSION_STORE: url = USUAL } = process.env

/** Where the sessions are kept. A database gets its table here; a real application migrates when it is deployed. */
export const store = await openStore().catch((error: Error) => {
  const from = process.env.SESSION_STORE === undefined ? `unset, so it is ${USUAL}` : "set"
  console.error(`SESSION_STORE, which is ${from}, can't be used: ${error.message}`)
  process.exit(1)
})

async function openStore() {
  const opened = await storeFromUrl(url, { onError: console.error })
  await opened.migrate()
  return opened
}

/** The sessions of this application. */
export const sessions = createSessions<LoginData>({
  store,
  // Safari takes no Secure cookie from http://localhost.
  cookie: { secure: process.env.NODE_ENV === "production" },
})

declare module "holdfast" {
  interface Register {
    sessions: typeof sessions
  }
}
