import type { Server } from "node:http"
import express, { type Express, type Request, type Response } from "express"
import { session } from "../../src/adapters/express.ts"
import { basketOf } from "../requests/work.ts"
import { openRaw, openSessions } from "./backend.ts"
import type { Pages, Plan } from "./site.ts"

/** A site on Express 5. */
export default async function site(plan: Plan): Promise<Server> {
  const app = express()
  const pages = await pagesOf(plan, app)
  app.get("/plain", (_req, res) => void res.json({ ok: true }))
  if (pages) {
    app.get(["/read", "/visitor"], (req, res) => void res.json({ user: pages.user(req, res) }))
    app.get("/write", async (req, res) => void res.json({ views: await pages.add(req, res, "views") }))
    app.get(
      "/mark",
      async (req, res) => void res.json({ views: await pages.add(req, res, `mark${req.query.n}`) }),
    )
    app.get("/login", async (req, res) => {
      await pages.login(req, res, String(req.query.user), basketOf(Number(req.query.bytes)))
      res.json({ user: req.query.user })
    })
  } else await addBarePages(plan, app)
  return new Promise((resolve) => {
    const server = app.listen(0, "127.0.0.1", () => resolve(server))
  })
}

async function addBarePages({ store, address }: Plan, app: Express): Promise<void> {
  const raw = await openRaw(store, address)
  app.get("/visitor", (_req, res) => void res.json({ user: null }))
  app.get("/read", async (_req, res) => {
    await raw.read()
    res.json({ user: "ada" })
  })
  app.get(["/write", "/mark"], async (_req, res) => {
    await raw.read()
    await raw.write(JSON.stringify({ user: "ada", views: 1 }))
    res.json({ views: 1 })
  })
  app.get("/login", async (req, res) => {
    await raw.write(JSON.stringify({ user: "ada", views: 1, basket: basketOf(Number(req.query.bytes)) }))
    res.json({ user: "ada" })
  })
}

async function pagesOf(plan: Plan, app: Express): Promise<Pages<Request, Response> | undefined> {
  switch (plan.library) {
    case "empty":
      app.use((_req, _res, next) => next())
      return undefined
    case "bare":
      return undefined
    case "holdfast":
    case "near-cache":
      app.use(
        session(await openSessions(plan), {
          lazy: plan.isLazy,
        }),
      )
      return {
        user: (req) => req.session.userId,
        add: (req, _res, key) => {
          const { data } = req.session
          data[key] = Number(data[key] ?? 0) + 1
          return data[key]
        },
        login: (req, _res, user, basket) => {
          req.session.login(user)
          req.session.data.basket = basket
        },
      }
    default:
      return (await import("../peers/express.js" as string)).default(plan, app)
  }
}
