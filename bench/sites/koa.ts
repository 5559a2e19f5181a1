import { createServer, type Server } from "node:http"
import Koa, { type Context } from "koa"
import { session } from "../../src/adapters/koa.ts"
import { basketOf } from "../requests/work.ts"
import { openRaw, openSessions } from "./backend.ts"
import type { Pages, Plan } from "./site.ts"

/** A site on Koa 3. */
export default async function site(plan: Plan): Promise<Server> {
  const app = new Koa()
  const pages = (await pagesOf(plan, app)) ?? (await barePages(plan))
  app.use(async (ctx) => {
    switch (ctx.path) {
      case "/plain":
        ctx.body = { ok: true }
        break
      case "/visitor":
        ctx.body = { user: plan.library === "bare" ? null : pages.user(ctx, ctx) }
        break
      case "/read":
        ctx.body = { user: await pages.user(ctx, ctx) }
        break
      case "/write":
        ctx.body = { views: await pages.add(ctx, ctx, "views") }
        break
      case "/mark":
        ctx.body = { views: await pages.add(ctx, ctx, `mark${ctx.query.n}`) }
        break
      case "/login":
        await pages.login(ctx, ctx, String(ctx.query.user), basketOf(Number(ctx.query.bytes)))
        ctx.body = { user: plan.library === "bare" ? "ada" : ctx.query.user }
    }
  })
  const server = createServer(app.callback())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return server
}

async function barePages({ store, address }: Plan): Promise<Pages<Context, Context>> {
  const raw = await openRaw(store, address)
  return {
    async user() {
      await raw.read()
      return "ada"
    },
    async add() {
      await raw.read()
      await raw.write(JSON.stringify({ user: "ada", views: 1 }))
      return 1
    },
    login: (_request, _reply, _user, basket) => raw.write(JSON.stringify({ user: "ada", views: 1, basket })),
  }
}

async function pagesOf(plan: Plan, app: Koa): Promise<Pages<Context, Context> | undefined> {
  switch (plan.library) {
    case "bare":
      return undefined
    case "holdfast":
      app.use(session(await openSessions(plan), { lazy: plan.isLazy }))
      return {
        user: (ctx) => ctx.session.userId,
        add: (ctx, _reply, key) => {
          const { data } = ctx.session
          data[key] = Number(data[key] ?? 0) + 1
          return data[key]
        },
        login: (ctx, _reply, user, basket) => {
          ctx.session.login(user)
          ctx.session.data.basket = basket
        },
      }
    default:
      return (await import("../peers/koa.js" as string)).default(plan, app)
  }
}
