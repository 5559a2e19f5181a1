/** Sets up a peer on Fastify as its README does, and gives what the pages do with it. */
export default async function pagesOf(plan, app) {
  return plan.library === "@fastify/secure-session" ? secureSession(app) : storedSession(plan, app)
}

async function storedSession({ store, address, isRolling = true }, app) {
  await app.register((await import("@fastify/cookie")).default)
  await app.register((await import("@fastify/session")).default, {
    secret: "a secret of at least 32 bytes, as everybody's",
    cookie: { secure: false },
    saveUninitialized: false,
    rolling: isRolling,
    ...(store === "redis" && { store: await redisStore(address) }),
  })
  return {
    sight({ session }) {
      const { cookie: _, user = null, basket: __, ...data } = session
      return { id: session.sessionId, user, data }
    },
    set: (request, key, value) => request.session.set(key, value),
    logout: (request) => request.session.destroy(),
    user: (request) => request.session.get("user") ?? null,
    add(request, _reply, key) {
      const views = (request.session.get(key) ?? 0) + 1
      request.session.set(key, views)
      return views
    },
    async login(request, _reply, user, basket) {
      await request.session.regenerate()
      request.session.set("user", user)
      request.session.set("basket", basket)
    },
  }
}

async function redisStore(address) {
  const { RedisStore } = await import("connect-redis")
  const { createClient } = await import("redis")
  return new RedisStore({ client: await createClient({ url: address }).connect() })
}

async function secureSession(app) {
  await app.register((await import("@fastify/secure-session")).default, {
    key: Buffer.alloc(32, "a key of 32 bytes, as everybody's"),
    cookie: { path: "/" },
  })
  return {
    user: (request) => request.session.get("user") ?? null,
    add(request, _reply, key) {
      const views = (request.session.get(key) ?? 0) + 1
      request.session.set(key, views)
      return views
    },
    login(request, _reply, user, basket) {
      request.session.regenerate()
      request.session.set("user", user)
      request.session.set("basket", basket)
    },
  }
}
