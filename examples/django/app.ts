import express, { type ErrorRequestHandler } from "express"
import { session } from "holdfast/express"
import { errorPage, homePage } from "./pages.ts"
import { proxyTo } from "./proxy.ts"
import { sessions } from "./sessions.ts"
import { type User, userOf } from "./users.ts"

declare global {
  namespace Express {
    interface Request {
      /** Who is signed in. */
      user?: User | undefined
    }
  }
}

/** The one origin: `/django/` is the site's on that port, `/node/` is answered here. */
export function createApp(djangoPort: number): express.Express {
  const app = express()
  app.disable("x-powered-by")
  app.use((_req, res, next) => {
    res.set({
      "Content-Security-Policy":
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "same-origin",
    })
    next()
  })
  for (const directory of ["../login/public", "public"])
    app.use(
      "/public",
      express.static(`${import.meta.dirname}/${directory}`, { index: false, redirect: false }),
    )
  app.use((_req, res, next) => {
    res.set("Cache-Control", "no-store")
    next()
  })
  app.get("/", (_req, res) => res.redirect("/node/"))
  app.use("/django", proxyTo(djangoPort))

  app.use(session(sessions))
  app.use(express.urlencoded({ extended: false }))
  app.use((req, _res, next) => {
    req.user = userOf(req.session)
    next()
  })
  app.get("/node", (req, res) => {
    res.send(homePage(req.session, req.user))
  })
  // The cookie is SameSite=Lax, so no form of another site can send these.
  app.post("/node/count", async (req, res) => {
    await req.session.update((data) => {
      data.count = (data.count ?? 0) + 1
    })
    res.redirect(303, "/node/")
  })
  app.post("/node/note", (req, res) => {
    req.session.data.note = String(req.body?.note ?? "").slice(0, 200)
    res.redirect(303, "/node/")
  })
  app.post("/node/logout", (req, res) => {
    req.session.logout()
    res.redirect(303, "/node/")
  })
  app.use((_req, res) => {
    res.status(404).send(errorPage(404))
  })
  app.use(onError)
  return app
}

const onError: ErrorRequestHandler = (error, _req, res, next) => {
  const status = error.statusCode >= 400 && error.statusCode < 600 ? error.statusCode : 500
  if (status >= 500) console.error(error)
  if (res.headersSent) next(error)
  else res.status(status).send(errorPage(status))
}
