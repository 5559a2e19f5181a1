/** Adds to its own key of one session, a request after another. Prints how often it was told that it is safe. */
import { once } from "node:events"
import { createInterface } from "node:readline"
import { djangoSessions } from "../../../src/django/index.ts"
import { openDatabase } from "./database.ts"

const [name = "", key, url = "", secretKey = ""] = process.argv.slice(2)
const { database } = openDatabase(url)
const sessions = djangoSessions({ engine: "db", database, secretKey, timeout: 30 })
console.log("ready")
const [end] = await once(createInterface(process.stdin), "line")
let saved = 0
let refused = 0
while (Date.now() < Number(end) || saved === 0) {
  const session = await sessions.open({ cookie: `sessionid=${key}` }).load()
  session.data[name] = Number(session.data[name] ?? 0) + 1
  // Never the same twice, or it would not be a change, and a neighbour's name would stay beside it.
  session.data.writer = `${name}:${saved}`
  try {
    if ((await sessions.commit(session)).result === "replace") saved++
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_SESSION_CONFLICT") throw error
    refused++
  }
}
console.log(`${saved} ${refused}`)
process.exit()
