// Plain JavaScript: these packages are installed for the benchmarks only, and their types claim `req.session` for
// themselves.

/** Sets up a peer on Express as its README does, and gives what the pages do with it. */
export default async function pagesOf(plan, app) {
  if (plan.library === "iron-session") return ironSession(app)
  const { default: session } = await import("express-session")
  app.use(
    session({
      store: await storeOf(plan, session),
      secret: "a secret of at least 32 bytes, as everybody's",
      resave: false,
      saveUninitialized: false,
    }),
  )
  return {
    sight(req) {
      const { cookie: _, user = null, basket: __, ...data } = req.session
      return { id: req.sessionID, user, data }
    },
    set(req, key, value) {
      req.session[key] = value
    },
    logout: (req) =>
      new Promise((resolve, reject) => {
        req.session.destroy((error) => (error ? reject(error) : resolve()))
      }),
    user: (req) => req.session.user ?? null,
    add: (req, _res, key) => {
      req.session[key] = (req.session[key] ?? 0) + 1
      return req.session[key]
    },
    login: (req, _res, user, basket) =>
      new Promise((resolve, reject) => {
        req.session.regenerate((error) => {
          if (error) return reject(error)
          req.session.user = user
          req.session.basket = basket
          resolve()
        })
      }),
  }
}

async function storeOf({ store, address }, session) {
  switch (store) {
    case "redis": {
      const { RedisStore } = await import("connect-redis")
      const { createClient } = await import("redis")
      return new RedisStore({ client: await createClient({ url: address }).connect() })
    }
    case "postgres": {
      const { default: connect } = await import("connect-pg-simple")
      const { default: pg } = await import("pg")
      const pool = new pg.Pool({ connectionString: address })
      return new (connect(session))({ pool, createTableIfMissing: true })
    }
    case "sqlite": {
      const { default: connect } = await import("better-sqlite3-session-store")
      const { default: Database } = await import("better-sqlite3")
      const database = new Database(`${address}.peer`)
      database.pragma("journal_mode = WAL")
      database.pragma("synchronous = NORMAL")
      return new (connect(session))({ client: database, expired: { clear: true, intervalMs: 900_000 } })
    }
    case "memory":
      return new session.MemoryStore()
  }
}

async function ironSession(app) {
  const { getIronSession } = await import("iron-session")
  const options = { password: "a secret of at least 32 bytes, as everybody's", cookieName: "session" }
  app.use(async (req, res, next) => {
    req.session = await getIronSession(req, res, options)
    next()
  })
  return {
    user: (req) => req.session.user ?? null,
    add: async (req, _res, key) => {
      req.session[key] = (req.session[key] ?? 0) + 1
      await req.session.save()
      return req.session[key]
    },
    login: async (req, _res, user, basket) => {
      req.session.user = user
      req.session.basket = basket
      await req.session.save()
    },
  }
}
