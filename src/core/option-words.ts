import type { Words } from "./option-names.ts"

const NO_SIGNATURE =
  "the cookie holds a random token, which needs no signature; leave it out. To keep sessions encrypted in the cookie, write seal: [secret] in place of a store"
const LIFE =
  "write idle: seconds, how long a session lives without being used, and absolute: seconds, how long it lives at most; both are seconds, not milliseconds"
const NAME = 'write cookie: { name: "…" }'
const IN_COOKIE = (name: string): string => `write it among the cookie's: cookie: { ${name}: … }`
const OF_STORE = "it is the store's; write it where the store is made, as in redisStore(client, { prefix })"
const OF_ADAPTER = (name: string): string => `it is the adapter's; write session(sessions, { ${name}: … })`
const ALWAYS = "holdfast does so by itself; leave it out"
const IDS = "ids and secrets are drawn by holdfast, 128 random bits and more; leave it out"
const PROXY =
  "no header of a proxy is believed; leave it out. The cookie is Secure unless you write cookie: { secure: false }"

/** What express-session, cookie-session, koa-session, @fastify/session, iron-session and others call things, for `createSessions`. */
export const SESSION_WORDS: Words = {
  secret: NO_SIGNATURE,
  secrets: NO_SIGNATURE,
  keys: NO_SIGNATURE,
  password: NO_SIGNATURE,
  encryptionKey: NO_SIGNATURE,
  signed: NO_SIGNATURE,
  resave: "only what changed is stored; leave it out",
  saveUninitialized: "a session is stored once there is something in it; leave it out",
  rolling: "each use moves a session's deadline; leave it out",
  rollingSession: "each use moves a session's deadline; leave it out",
  unset: "to end a session, write session.logout(); leave it out",
  genid: IDS,
  idGenerator: IDS,
  generateId: IDS,
  proxy: PROXY,
  trustProxy: PROXY,
  key: NAME,
  name: NAME,
  cookieName: NAME,
  sessionName: NAME,
  sessionCookieName: NAME,
  maxAge: LIFE,
  ttl: LIFE,
  expires: LIFE,
  expiry: LIFE,
  expiration: LIFE,
  expireAfterSeconds: LIFE,
  lifetime: LIFE,
  duration: LIFE,
  sessionCookieAge: LIFE,
  idleTimeout: "write idle: seconds",
  absoluteTimeout: "write absolute: seconds",
  autoCommit: ALWAYS,
  overwrite: ALWAYS,
  touchAfter: "a deadline is moved at most once per tenth of idle; leave it out",
  activeDuration: "a deadline is moved at most once per tenth of idle; leave it out",
  cookieOptions: "write cookie: { … }",
  sessionStore: "write store: …",
  read: "this is a store; write createSessions({ store })",
  httpOnly: IN_COOKIE("httpOnly"),
  secure: IN_COOKIE("secure"),
  sameSite: IN_COOKIE("sameSite"),
  path: IN_COOKIE("path"),
  domain: IN_COOKIE("domain"),
  partitioned: IN_COOKIE("partitioned"),
  prefix: OF_STORE,
  client: OF_STORE,
  table: OF_STORE,
  tableName: OF_STORE,
  max: OF_STORE,
  lazy: OF_ADAPTER("lazy"),
  onError: OF_ADAPTER("onError"),
}

const COOKIE_LIFE =
  'the cookie lives as long as its session; write idle: seconds beside "cookie", or session.setExpiry(seconds) for one session. Both are seconds, not milliseconds'

/** The same for the option `cookie`. */
export const COOKIE_WORDS: Words = {
  maxAge: COOKIE_LIFE,
  originalMaxAge: COOKIE_LIFE,
  expires: COOKIE_LIFE,
  age: COOKIE_LIFE,
  signed: "the cookie holds a random token, which needs no signature; leave it out",
  overwrite: ALWAYS,
  encode: "the token needs no encoding; leave it out",
  decode: "the token needs no decoding; leave it out",
  priority: "it is not sent; leave it out",
  key: 'write name: "…"',
  cookieName: 'write name: "…"',
  store: 'write it beside "cookie": createSessions({ store, cookie: { … } })',
  idle: 'write it beside "cookie": createSessions({ idle, cookie: { … } })',
  absolute: 'write it beside "cookie": createSessions({ absolute, cookie: { … } })',
}
