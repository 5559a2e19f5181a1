import type { Server } from "node:http"
import { serve } from "@hono/node-server"
import { type Context, Hono } from "hono"
import { session } from "../../src/adapters/hono.ts"
import type { Session } from "../../src/index.ts"
import { basketOf } from "../requests/work.ts"
import { openRaw, openSessions } from "./backend.ts"
import type { Pages, Plan } from "./site.ts"

/** A site on Hono 4 and its server for Node. */
export default async function site(plan: Plan): Promise<Server> {
  const app = new Hono()
  const pages = await pagesOf(plan, app)
  app.get("/plain", (c) => c.json({ ok: true }))
  if (pages) {
    app.get("/read", (c) => c.json({ user: pages.user(c, c) as string | null }))
    app.get("/visitor", (c) => c.json({ user: pages.user(c, c) as string | null }))
    app.get("/write", async (c) => c.json({ views: (await pages.add(c, c, "views")) as number }))
    app.get("/mark", async (c) =>
      c.json({ views: (await pages.add(c, c, `mark${c.req.query("n")}`)) as number }),
    )
    app.get("/login", async (c) => {
      const user = c.req.query("user") ?? ""
      await pages.login(c, c, user, basketOf(Number(c.req.query("bytes"))))
      return c.json({ user })
    })
  } else await addBarePages(plan, app)
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () =>
      resolve(server as Server),
    )
  })
}

async function addBarePages({ store, address }: Plan, app: Hono): Promise<void> {
  const raw = await openRaw(store, address)
  app.get("/visitor", (c) => c.json({ user: null }))
  app.get("/read", async (c) => {
    await raw.read()
    return c.json({ user: "ada" })
  })
  app.on("GET", ["/write", "/mark"], async (c) => {
    await raw.read()
    await raw.write(JSON.stringify({ user: "ada", views: 1 }))
    return c.json({ views: 1 })
  })
  app.get("/login", async (c) => {
    const basket = basketOf(Number(c.req.query("bytes")))
    await raw.write(JSON.stringify({ user: "ada", views: 1, basket }))
    return c.json({ user: "ada" })
  })
}

async function pagesOf(plan: Plan, app: Hono): Promise<Pages<Context, Context> | undefined> {
  const sessionOf = (c: Context): Session => c.get("session")
  switch (plan.library) {
    case "bare":
      return undefined
    case "holdfast":
      app.use(session(await openSessions(plan), { lazy: plan.isLazy }))
      return {
        user: (c) => sessionOf(c).userId,
        add: (c, _reply, key) => {
          const { data } = sessionOf(c)
          data[key] = Number(data[key] ?? 0) + 1
          return data[key] as number
        },
        login: (c, _reply, user, basket) => {
          sessionOf(c).login(user)
          sessionOf(c).data.basket = basket
        },
      }
    default:
      return (await import("../peers/hono.js" as string)).default(plan, app)
  }
}
