import express from "express"
import { createSessions } from "holdfast"
import { session } from "holdfast/express"
import { memoryStore } from "holdfast/memory"
import "express-session"

// With their types in the program `req.session` is theirs, in whatever order they are imported.
const sessions = createSessions<{ name: string }>({ store: memoryStore() })
const app = express().use(session(sessions))
app.get("/", (req, res) => {
  const name: string | undefined = sessions.of(req).data.name
  const { maxAge } = req.session.cookie
  res.json({ name, maxAge })
})
