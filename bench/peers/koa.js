import { randomUUID } from "node:crypto"
import session from "koa-session"
import { createClient } from "redis"

/** Sets up koa-session as its README does, in the cookie or with a store of three methods, and gives what the pages do with it. */
export default async function pagesOf({ store, address }, app) {
  app.keys = ["a secret of at least 32 bytes, as everybody's"]
  const options = store === "cookie" ? {} : { store: storeOn(await createClient({ url: address }).connect()) }
  app.use(session(options, app))
  const nextIds = new WeakMap()
  return {
    // It gives a session no name, so each gets one here, with its first change and at a login.
    sight(ctx) {
      const { id = randomUUID(), user = null, basket: _, ...data } = ctx.session.toJSON()
      nextIds.set(ctx, id)
      return { id, user, data }
    },
    set(ctx, key, value) {
      ctx.session.id = nextIds.get(ctx)
      ctx.session[key] = value
    },
    rename(ctx) {
      ctx.session.id = randomUUID()
    },
    logout(ctx) {
      ctx.session = null
    },
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
