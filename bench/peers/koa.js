import session from "koa-session"
import { createClient } from "redis"

/** Sets up koa-session as its README does, with a store of three methods, and gives what the pages do with it. */
export default async function pagesOf({ address }, app) {
  app.keys = ["a secret of at least 32 bytes, as everybody's"]
  app.use(session({ store: storeOn(await createClient({ url: address }).connect()) }, app))
  return {
    user: (ctx) => ctx.session.user ?? null,
    add(ctx, _reply, key) {
      ctx.session[key] = (ctx.session[key] ?? 0) + 1
      return ctx.session[key]
    },
    async login(ctx, _reply, user, basket) {
      await ctx.session.regenerate()
      ctx.session.user = user
      ctx.session.basket = basket
    },
  }
}

function storeOn(client) {
  return {
    get: async (key) => JSON.parse((await client.get(key)) ?? "null"),
    set: (key, value, maxAge) => client.set(key, JSON.stringify(value), { PX: maxAge }),
    destroy: (key) => client.del(key),
  }
}
