import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express"
import { session } from "holdfast/express"
import { EXPIRIES, errorPage, loggedOutPage, loginPage, sessionPage } from "./pages.ts"
import { sessions } from "./sessions.ts"

const START = "/myapp/connection"

/** The application: its routes, and what every answer carries. */
export const app: Express = express()

app.disable("x-powered-by")
app.use((_req, res, next) => {
  res.set({
    "Content-Security-Policy":
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
      "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
  })
  next()
})
app.use("/myapp", express.static(`${import.meta.dirname}/public`, { index: false, redirect: false }))
app.get("/", (_req, res) => res.redirect(START))

app.use(session(sessions))
app.use(express.urlencoded({ extended: false }))
app.use((_req, res, next) => {
  res.set("Cache-Control", "no-store")
  next()
})

app.get(START, (req, res) => {
  res.send(req.session.userId === null ? loginPage() : sessionPage(req.session))
})

app.post("/myapp/login", async (req, res) => {
  const username = text(req.body?.username).trim()
  const password = text(req.body?.password)
  // Taken before the password is checked: then a login whose check was under way when it was changed does not count.
  const mark = await sessions.mark(username)
  const problems = {
    username: !username
      ? "Type a username."
      : username.length > 255
        ? "Use 255 characters at most."
        : /\p{C}/u.test(username)
          ? "Leave out characters that can't be seen."
          : undefined,
    password: !password ? "Type a password." : undefined, // a real application checks it here
  }
  if (problems.username || problems.password) {
    res.status(422).send(loginPage({ username, problems }))
    return
  }
  req.session.login(username, { mark })
  res.redirect(303, START)
})

// A link can sign out with GET. The cookie is SameSite=Lax, so no image or form of another site can.
app.all("/myapp/logout", (req, res) => {
  req.session.logout()
  res.send(loggedOutPage())
})

const signedIn: RequestHandler = (req, res, next) => {
  if (req.session.userId === null) res.redirect(303, START)
  else next()
}

app.post("/myapp/expiry", signedIn, (req, res) => {
  const choice = EXPIRIES.get(text(req.body?.expiry))
  if (!choice) {
    res.status(422).send(errorPage(422))
    return
  }
  req.session.setExpiry(choice.expiry)
  res.redirect(303, START)
})

app.post("/myapp/visits", signedIn, async (req, res) => {
  // Written at once and in turn, so that of several requests at the same time each one counts.
  await req.session.update((data) => {
    data.visits = (data.visits ?? 0) + 1
  })
  res.format({
    html: () => res.redirect(303, START),
    json: () => res.json(req.session.data),
  })
})

app.use((_req, res) => {
  res.status(404).send(errorPage(404))
})

const onError: ErrorRequestHandler = (error, _req, res, next) => {
  const status = error.statusCode >= 400 && error.statusCode < 600 ? error.statusCode : 500
  if (status >= 500) console.error(error)
  if (res.headersSent) next(error)
  else res.status(status).send(errorPage(status))
}
app.use(onError)

/** The field as typed; empty when it is missing or came several times. */
function text(value: unknown): string {
  return typeof value === "string" ? value : ""
}
