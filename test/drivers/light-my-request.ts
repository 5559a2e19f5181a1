import inject from "light-my-request"
import { siteOf, slowSessions } from "./site.ts"

// In a process of its own: it changes the prototypes that Express gives its requests and responses.

const app = siteOf(slowSessions()) as never
const visit = await inject(app, { method: "GET", url: "/visit" })
const cookieOf = (response: typeof visit): string => String(response.headers["set-cookie"]).split(";")[0]!
const login = await inject(app, { method: "POST", url: "/login", headers: { cookie: cookieOf(visit) } })
const who = await inject(app, { method: "GET", url: "/who", headers: { cookie: cookieOf(login) } })
const events = await inject(app, { method: "GET", url: "/events" })
const seen = (response: typeof visit): unknown[] => [
  response.statusCode,
  response.headers.location,
  [response.headers["set-cookie"]].flat().length,
]
console.log(JSON.stringify([seen(visit), seen(login), [who.statusCode, who.json()], events.body]))
