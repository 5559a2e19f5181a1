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

/** How long the second event is after the first. */
export const PAUSE = 400

/** A first visit that stores and redirects, a login, who is signed in, and a stream of two events. */
export function siteOf(
  sessions: Sessions,
  before: readonly RequestHandler[] = [],
  after: readonly RequestHandler[] = [],
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
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
    res.end("data: second\n\n")
  })
  return app
}
