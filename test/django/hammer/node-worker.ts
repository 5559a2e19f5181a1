/** Adds to its own key of one session, a request after another. Prints how often it was told that it is safe. */
import { once } from "node:events"
import { createInterface } from "node:readline"
import { DatabaseSync } from "node:sqlite"
import { djangoSessions } from "../../../src/django/index.ts"

const [name = "", key, path = "", secretKey = ""] = process.argv.slice(2)
const database = new DatabaseSync(path, { timeout: 20_000 })
const sessions = djangoSessions({ engine: "db", database, secretKey, timeout: 30 })
console.log("ready")
const [end] = await once(createInterface(process.stdin), "line")
let saved = 0
while (Date.now() < Number(end)) {
  const session = await sessions.open({ cookie: `sessionid=${key}` }).load()
  session.data[name] = Number(session.data[name] ?? 0) + 1
  // Never the same twice, or it would not be a change, and a neighbour's name would stay beside it.
  session.data.writer = `${name}:${saved}`
  if ((await sessions.commit(session)).result === "replace") saved++
}
console.log(saved)
process.exit()
