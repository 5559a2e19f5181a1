import { CookieStore, MemoryStore, sessionMiddleware } from "hono-sessions"

/** Sets up hono-sessions as its README does, and gives what the pages do with it. */
export default function pagesOf({ store }, app) {
  app.use(
    "*",
    sessionMiddleware({
      store: store === "memory" ? new MemoryStore() : new CookieStore(),
      encryptionKey: "a secret of at least 32 bytes, as everybody's",
      expireAfterSeconds: 1_209_600,
      cookieOptions: { sameSite: "Lax", path: "/", httpOnly: true },
    }),
  )
  return {
    user: (c) => c.get("session").get("user") ?? null,
    add(c, _reply, key) {
      const session = c.get("session")
      const views = (session.get(key) ?? 0) + 1
      session.set(key, views)
      return views
    },
    login(c, _reply, user, basket) {
      c.set("session_key_rotation", true)
      c.get("session").set("user", user)
      c.get("session").set("basket", basket)
    },
  }
}
