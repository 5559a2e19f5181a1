import express, { type Express, type RequestHandler } from "express"
import { session } from "../../src/adapters/express.ts"
import { createSessions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

/** Sessions whose store needs a moment for each new record, so that every first answer waits. */
export function slowSessions(): Sessions {
  const store = memoryStore()
  const create: typeof store.create = async (record) => {
    await new Promise((resolve) => setTimeout(resolve, 10))
    return store.create(record)
  }
  return createSessions({ store: { ...store, create }, cookie: { secure: false } })
}

/** By then the session that slow sessions were asked for is stored. */
const afterwards = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 50))

/**
 * A first visit that stores and redirects, a login, who is signed in, and a stream of two events, of which the second waits for
 * `isSeen`.
 */
export function siteOf(
  sessions: Sessions,
  before: readonly RequestHandler[] = [],
  after: readonly RequestHandler[] = [],
  isSeen: () => Promise<unknown> = afterwards,
): Express {
  const app = express()
  if (before.length > 0) app.use(...before)
  app.use(session(sessions))
  if (after.length > 0) app.use(...after)
  app.get("/visit", (req, res) => {
    req.session.data.visited = true
    res.redirect("/next")
  })
  app.post("/login", (req, res) => {
    req.session.login("ada")
    res.redirect(303, "/who")
  })
  app.get("/who", (req, res) => void res.json({ userId: req.session.userId, data: req.session.data }))
  app.get("/events", async (req, res) => {
    req.session.data.watched = true
    res.writeHead(200, { "content-type": "text/event-stream" })
    res.write("data: first\n\n")
    ;(res as { flush?: () => void }).flush?.()
    await isSeen()
    res.end("data: second\n\n")
  })
  return app
}
