import express from "express"
import { createSessions } from "holdfast"
import { session } from "holdfast/express"
import { memoryStore } from "holdfast/memory"

const sessions = createSessions<{ name: string }>({ store: memoryStore() })
const app = express().use(session(sessions))
app.get("/", (req, res) => {
  // Nobody registered sessions here, so that the values are unknown.
  const name: unknown = req.session.data.name
  res.json({ name, userId: req.session.userId, same: sessions.of(req).data.name })
})
