import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { execute } from "../../src/cli/program.ts"
import type { Streams } from "../../src/cli/streams.ts"
import { withoutValues } from "../../src/core/shown.ts"
import { importedSessions } from "../../src/django/import.ts"
import { djangoSessions } from "../../src/django/index.ts"
import { createSessions, type Store } from "../../src/index.ts"
import { cachedStore } from "../../src/stores/cached/index.ts"
import { fileStore } from "../../src/stores/file/index.ts"
import { memcachedClient, memcachedStore } from "../../src/stores/memcached/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { redisStore } from "../../src/stores/redis/index.ts"
import { migrationSql, sqlStore } from "../../src/stores/sql/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { refusalOf } from "./refusal-of.ts"

// What plain JavaScript lets through: the types of TypeScript are put aside.
type Loose = (...args: never[]) => unknown
const loose = (call: unknown): Loose => call as Loose
const store = memoryStore()
const create = (options: object) => loose(createSessions)({ store, ...options } as never)
const database = new DatabaseSync(":memory:")
const memcached = { send: async () => ({ code: "EN", flags: {}, value: undefined }), close: async () => {} }
const redis = { call: async () => null, pipeline: () => ({ exec: async () => [] }), isCluster: false }

describe("a name that nobody looks at", () => {
  it.each<[object, string]>([
    [{ idel: 60 }, 'has no option "idel"; did you mean "idle"?'],
    [{ abolsute: 60 }, 'did you mean "absolute"?'],
    [{ scheme: {} }, 'did you mean "schema"?'],
    [{ Idle: 60 }, 'has no option "Idle"; write "idle"'],
    [{ max_bytes: 60 }, 'write "maxBytes"'],
    [{ zzz: 1 }, 'it has "store", "seal", "schema"'],
    [{ secret: "S3CRET" }, "needs no signature"],
    [{ resave: false }, '"resave": only what changed is stored'],
    [{ saveUninitialized: true }, "once there is something in it"],
    [{ rolling: true }, "moves a session's deadline"],
    [{ name: "sid" }, 'cookie: { name: "…" }'],
    [{ key: "sid" }, 'cookie: { name: "…" }'],
    [{ cookieName: "sid" }, 'cookie: { name: "…" }'],
    [{ password: "S3CRET" }, "seal: [secret]"],
    [{ maxAge: 1 }, "idle: seconds"],
    [{ ttl: 1 }, "idle: seconds"],
    [{ secure: true }, "cookie: { secure: … }"],
    [{ prefix: "s:" }, "where the store is made"],
    [{ lazy: true }, "session(sessions, { lazy: … })"],
    [{ idel: undefined }, '"idel"'],
    [{ cookie: { maxAge: 1 } }, 'The option "cookie" has no option "maxAge"'],
    [{ cookie: { maxAge: 1 } }, "the cookie lives as long as its session"],
    [{ cookie: { expires: new Date() } }, "idle: seconds"],
    [{ toString: 1 }, 'has no option "toString"'],
    [{ cookie: { httponly: true } }, 'write "httpOnly"'],
    [{ cookie: { samesite: "lax" } }, 'write "sameSite"'],
    [{ cookie: { signed: true } }, "needs no signature"],
    [{ cookie: { store } }, 'beside "cookie"'],
  ])("in createSessions: %j", async (options, sentence) => {
    const message = await refusalOf(() => create(options))
    expect(message).toContain(sentence)
    expect(message).not.toContain("S3CRET")
  })

  it.each<[string, () => unknown, string]>([
    ["memoryStore", () => loose(memoryStore)({ maximum: 5 } as never), '"max"'],
    ["sqliteStore", () => loose(sqliteStore)(":memory:" as never, { tabel: "a" } as never), '"table"'],
    ["sqlStore", () => loose(sqlStore)(database as never, { prepared: true } as never), '"prepare"'],
    ["migrationSql", () => loose(migrationSql)("sqlite" as never, { tableName: "a" } as never), '"table"'],
    ["redisStore", () => loose(redisStore)(redis as never, { ttl: 5 } as never), "createSessions({ idle"],
    ["redisStore", () => loose(redisStore)(redis as never, { wait: { replica: 1 } } as never), '"replicas"'],
    ["memcachedStore", () => loose(memcachedStore)(memcached as never, { prefx: "" } as never), '"prefix"'],
    [
      "memcachedClient",
      () => loose(memcachedClient)("memcached://h" as never, { time: 1 } as never),
      '"timeout"',
    ],
    ["fileStore", () => loose(fileStore)("/tmp/x" as never, { fsync: true } as never), '"sync"'],
    [
      "cachedStore",
      () => loose(cachedStore)(store as never, store as never, { ttl: 5 } as never),
      '"maxStale"',
    ],
    ["storeFromUrl", () => loose(storeFromUrl)("memory:" as never, { onerror: 1 } as never), '"onError"'],
    ["djangoSessions", () => loose(djangoSessions)({ engine: "file", secret: "x" } as never), '"secretKey"'],
    [
      "djangoSessions",
      () => loose(djangoSessions)({ engine: "file", SECRET_KEY: "x" } as never),
      '"secretKey"',
    ],
    [
      "djangoSessions",
      () => loose(djangoSessions)({ engine: "file", SESSION_SAVE_EVERY_REQUEST: true } as never),
      "saveEveryRequest",
    ],
    ["importedSessions", () => loose(importedSessions)({ store, seal: ["x"] } as never), '"store"'],
  ])("in %s", async (name, call, sentence) => {
    const message = await refusalOf(call)
    expect(message).toContain(name === "redisStore" && sentence === '"replicas"' ? "wait" : `${name}(`)
    expect(message).toContain(sentence)
  })

  it.each([
    undefined,
    null,
    "x",
    5,
    [],
    () => {},
    Promise.resolve({}),
  ])("is not even looked for in options that are %s", async (options) => {
    expect(await refusalOf(() => loose(createSessions)(options as never))).toContain(
      "takes an object of options",
    )
  })

  it("is told without what was given there: it may be a secret", async () => {
    for (const secret of ["hunter2", "hunter2-hunter2", "redis://:hunter2@h"])
      for (const call of [
        () => loose(createSessions)(secret as never),
        () => create({ cookie: secret }),
        () => loose(memoryStore)(secret as never),
        () => loose(djangoSessions)(secret as never),
        () => loose(migrationSql)("sqlite" as never, secret as never),
      ]) {
        const message = await refusalOf(call)
        expect(message).toContain(`it got a string of ${secret.length} characters`)
        expect(message).not.toContain("hunter2")
      }
  })

  it("says that a store alone is no options", async () => {
    expect(await refusalOf(() => loose(createSessions)(store as never))).toContain(
      "createSessions({ store })",
    )
  })
})

describe("a value of the wrong kind", () => {
  it.each<[object, string]>([
    [{ idle: "5" }, '"idle" must be a positive number; it is the string "5"'],
    [{ idle: Number.NaN }, "it is NaN"],
    [{ idle: Number.POSITIVE_INFINITY }, '"idle" must be a positive number; it is Infinity'],
    [{ idle: -0 }, "it is -0"],
    [{ idle: 5n }, "it is 5n"],
    [{ idle: null }, "it is null"],
    [{ idle: [5] }, "it is an array"],
    [{ idle: new Date() }, "it is an object of the class Date"],
    [{ idle: Symbol("five") }, "it is a symbol"],
    [{ absolute: "1 day" }, 'the string "1 day"'],
    [{ timeout: () => 5 }, "it is the function timeout"],
    [{ maxBytes: "1mb" }, 'the string "1mb"'],
    [{ idle: 1_209_600_000 }, "seconds, not milliseconds: did you mean 1209600?"],
    [{ absolute: 30 * 86_400_000 }, "did you mean 2592000?"],
    [{ renew: 86_400_000 }, "did you mean 86400?"],
    [{ grace: 60_000_000 }, "did you mean 60000?"],
    [
      { timeout: 5000 },
      "at most 600 seconds; it is 5000. Durations are seconds, not milliseconds: did you mean 5?",
    ],
    [{ expireAtBrowserClose: "yes" }, 'must be true or false; it is the string "yes"'],
    [{ cookie: { secure: "auto" } }, '"cookie.secure" must be true or false; it is the string "auto"'],
    [{ cookie: { httpOnly: 1 } }, "it is 1"],
    [{ cookie: { sameSite: true } }, '"cookie.sameSite" must be "lax", "strict" or "none"; it is true'],
    [{ cookie: { sameSite: "Lax" } }, 'it is "Lax"'],
    [{ cookie: { path: 7 } }, '"cookie.path" must start with /'],
    [{ cookie: { domain: "https://example.com:3000" } }, "without scheme and port"],
    [{ cookie: { domain: 7 } }, '"cookie.domain"'],
    [{ cookie: { name: 7 } }, '"cookie.name"'],
    [{ cookie: null }, 'The option "cookie" takes an object of options; it got null'],
    [{ cookie: "sid" }, '"cookie"'],
    [{ schema: {} }, '"schema" must be a Standard Schema'],
    [{ schema: "z" }, '"schema" must be a Standard Schema'],
    [{ schema: null }, '"schema" must be a Standard Schema'],
    [{ schema: false }, '"schema" must be a Standard Schema'],
    [{ maxBytes: 0.5 }, '"maxBytes" must be a whole number from 1 up; it is 0.5'],
    [{ maxBytes: Number.POSITIVE_INFINITY }, '"maxBytes" must be a whole number'],
    [{ warn: true }, '"warn" must be a function'],
    [{ observe: {} }, '"observe" must be a function'],
    [{ onReuse: null }, '"onReuse" must be "refuse" or "end"; it is null'],
    [{ onEnded: "throw" }, '"onEnded" must be "error" or "drop"; it is "throw"'],
  ])("in createSessions: %o", async (options, sentence) => {
    expect(await refusalOf(() => create(options))).toContain(sentence)
  })

  it.each<[string, () => unknown, string]>([
    ["a number for options", () => loose(memoryStore)(100 as never), "memoryStore(options) takes an object"],
    ["a string for a count", () => loose(memoryStore)({ max: "5" } as never), 'the string "5"'],
    ["milliseconds", () => cachedStore(store, store, { timeout: 2500 }), "did you mean 2.5?"],
    [
      "milliseconds",
      () => redisStore(redis as never, { wait: { replicas: 1, timeout: 1000 } }),
      "did you mean 1?",
    ],
    ["milliseconds", () => memcachedClient("memcached://h", { timeout: 5000 }), "did you mean 5?"],
    [
      "a number for a prefix",
      () => loose(redisStore)(redis as never, { prefix: 5 } as never),
      '"prefix" must be a string',
    ],
    [
      "a word for a flag",
      () => loose(fileStore)("/tmp/x" as never, { sync: "no" } as never),
      "true or false",
    ],
    ["a dialect unknown", () => loose(migrationSql)("oracle" as never), 'it got "oracle"'],
    ["half a store", () => loose(cachedStore)(store as never, { read() {} } as never), "create(), replace()"],
    [
      "an engine unknown",
      () => loose(djangoSessions)({ engine: "mongo", secretKey: "x" } as never),
      '"mongo"',
    ],
    ["no engine", () => loose(djangoSessions)({ secretKey: "x" } as never), '"engine"'],
    [
      "a flag of Django's",
      () => loose(djangoSessions)({ engine: "db", database, secretKey: "x", useTz: "False" } as never),
      '"useTz" must be true or false',
    ],
  ])("elsewhere: %s", async (_kind, call, sentence) => {
    expect(await refusalOf(call)).toContain(sentence)
  })
})

describe("what is no store", () => {
  class MyStore {
    read() {}
  }
  const { touch: _, clearExpired: __, ...half } = store
  it.each<[unknown, string]>([
    [undefined, "it is undefined: write store: memoryStore()"],
    [null, "it is null"],
    [sqliteStore, "it is the function sqliteStore: call it"],
    [MyStore, "it is the class MyStore: call it"],
    [Promise.resolve(store), "it is a promise: write await in front of it"],
    [new URL("redis://:S3CRET@h"), "write await storeFromUrl(url.href)"],
    ["redis://:S3CRET@h", 'a string that begins with "redis:": write await storeFromUrl(url)'],
    ["S3CRET", "it is a string: write await storeFromUrl(url)"],
    [half, "without the methods touch(), clearExpired()"],
    [{ ...store, delete: true }, "without the methods delete()"],
    [{ ...store, listByUser: true }, "listByUser"],
    [{ get() {}, set() {}, destroy() {} }, "a store of express-session"],
    [new Map(), "memoryStore()"],
    [{ sendCommand() {}, multi() {} }, "redisStore(client)"],
    [database, "sqlStore(database)"],
    [createSessions({ store }), "it is sessions already"],
    [[store], "it is an array"],
    [5, "it is 5"],
    [true, "it is true"],
  ])("is told so: %s", async (value, sentence) => {
    for (const message of [
      await refusalOf(() => create({ store: value })),
      await refusalOf(() => cachedStore(store, value as Store)),
    ]) {
      expect(message).toContain(sentence)
      expect(message).toContain("must be a store; it is")
      expect(message).not.toContain("S3CRET")
    }
  })

  it("is nowhere, with both or neither", async () => {
    expect(await refusalOf(() => loose(createSessions)({} as never))).toContain("not neither")
    expect(await refusalOf(() => create({ seal: ["x".repeat(43)] }))).toContain("not both")
  })
})

describe("what is given in another's place", () => {
  it.each<[string, () => unknown, string]>([
    ["no secrets", () => loose(createSessions)({ seal: undefined } as never), '"seal" must be an array'],
    ["no secret", () => loose(createSessions)({ seal: [undefined] } as never), "it is undefined"],
    ...(["renew", "grace", "onReuse"] as const).map((name): [string, () => unknown, string] => [
      `${name} beside secrets`,
      () =>
        loose(createSessions)({ seal: ["k".repeat(32)], [name]: name === "onReuse" ? "end" : 60 } as never),
      `"${name}" is for sessions in a store`,
    ]),
    [
      "a request of node",
      () => createSessions({ store }).open({ headers: {} } as never),
      "open(request.headers)",
    ],
    [
      "a request of fetch",
      () => createSessions({ store }).open(new Request("http://localhost") as never),
      "open(request.headers)",
    ],
    ["no URL", () => loose(storeFromUrl)(undefined as never), "it is undefined"],
    ["a store", () => loose(storeFromUrl)(store as never), "it is an object"],
    [
      "no listener",
      () => loose(storeFromUrl)("memory:" as never, { onError: "log" } as never),
      '"onError" must be a function',
    ],
  ])("is told so: %s", async (_kind, call, sentence) => {
    expect(await refusalOf(call)).toContain(sentence)
  })

  it("a header that is called like it is no mistake", () => {
    expect(createSessions({ store }).open({ headers: "x" }).isLoaded).toBe(true)
  })
})

describe("no message shows a password or a secret", () => {
  const SECRET = "S3CRET"
  const URLS = [
    `redis://:${SECRET}@h`,
    `postgres://u:${SECRET}@h/db`,
    `mysql://u:${SECRET}@h/db?password=${SECRET}`,
    `memcached://u:${SECRET}@h`,
    `u:${SECRET}@h`,
    `REDIS://:${SECRET}@h`,
    `redis://:${SECRET}@h:99999`,
    `${SECRET}:more@h`,
  ]
  // Without a scheme it is a path like any other.
  const urlOnly = (url: string): string => (url.includes("://") ? url : "")
  const CALLS: Record<string, (url: never) => unknown> = {
    store: (store) => createSessions({ store }),
    seal: (seal) => createSessions({ seal }),
    secret: (secret) => createSessions({ seal: [(secret as string).slice(0, 31)] }),
    options: (options) => createSessions(options),
    idle: (idle) => create({ idle }),
    cookie: (cookie) => create({ cookie }),
    name: (name) => create({ cookie: { name } }),
    path: (path) => create({ cookie: { path } }),
    domain: (domain) => create({ cookie: { domain } }),
    sameSite: (sameSite) => create({ cookie: { sameSite } }),
    onReuse: (onReuse) => create({ onReuse }),
    schema: (schema) => create({ schema }),
    redisStore: (url) => redisStore(url),
    redisPrefix: (url) => loose(redisStore)(redis as never, url),
    sqlStore: (url) => sqlStore(url),
    table: (table) => sqlStore(database, { table }),
    sqliteStore: (url) => sqliteStore(urlOnly(url)),
    memcachedStore: (url) =>
      memcachedStore((url as string) === `memcached://u:${SECRET}@h` ? ("x" as never) : url),
    memcachedClient: (url) =>
      memcachedClient((url as string) === `memcached://u:${SECRET}@h` ? ("x" as never) : url),
    memcachedPrefix: (prefix) => memcachedStore(memcached, { prefix: `${prefix as string} ` }),
    memoryStore: (options) => memoryStore(options),
    fileStore: (url) => fileStore(urlOnly(url)),
    cachedStore: (url) => cachedStore(url, store),
    engine: (engine) => djangoSessions({ engine, secretKey: SECRET } as never),
    cache: (cache) => djangoSessions({ engine: "cache", cache, secretKey: SECRET }),
    filePath: (filePath) => djangoSessions({ engine: "file", filePath, secretKey: SECRET }),
    timeZone: (timeZone) =>
      djangoSessions({ engine: "db", database, timeZone, useTz: false, secretKey: SECRET }),
    login: async (mark) =>
      (await createSessions({ store }).open({}).load()).login("ada", { mark: [mark] as never }),
    user: async (user) => (await createSessions({ store }).open({}).load()).login([user] as never),
    setExpiry: async (expiry) => (await createSessions({ store }).open({}).load()).setExpiry(expiry),
  }

  it.each(Object.entries(CALLS))("in %s", async (_name, call) => {
    for (const url of URLS) expect(await refusalOf(() => call(url as never))).not.toContain(SECRET)
  })

  it("in a URL of a store that is wrong", async () => {
    for (const url of [
      `redis://:${SECRET}@h:99999`,
      `http://:${SECRET}@h`,
      `u:${SECRET}@h`,
      `sqlite://${SECRET}@h`,
    ])
      expect(await refusalOf(() => storeFromUrl(url))).not.toContain(SECRET)
  })

  it.each([
    ["--stor=redis://:S3CRET@h", "list"],
    ["--store", "redis://:S3/CRET@h", "list"],
    ["--store", "redis://:S3CRET@h:99999", "list"],
    ["--store", "postgres://h/db?password=S3CRET", "--nothing", "list"],
    ["redis://:S3/CRET@h"],
    ["list", "mysql://u:p@S3CRET@h/db", "--what"],
    ["clear-expired", "--store", "memory:", "--batch-size", "redis://:S3CRET@h"],
    ["clear-expired", "--store", "http://:S3CRET@h"],
    ["--store", "memory:", "clear-expired", "mysql://u@h/db?passwd=S3CRET&x=1"],
  ])("on the command line: %j", async (...args) => {
    const said: string[] = []
    const write = (text: string): boolean => said.push(text) > 0
    const streams = { stdin: process.stdin, stdout: { write }, stderr: { write } }
    expect(await execute(args, streams as unknown as Streams)).toBeGreaterThan(0)
    expect(said.join("")).not.toBe("")
    expect(said.join("")).not.toMatch(/S3|CRET/)
  })

  it("of a schema that quotes what it refuses", async () => {
    for (const quoted of ['received "S3CRET"', "(was 'S3CRET')", 'got: "a \\" S3CRET"', "found `S3CRET`"]) {
      const warnings: string[] = []
      const own = memoryStore()
      const before = await createSessions({ store: own }).open({}).load()
      before.data.n = "S3CRET"
      const { headers } = await createSessions({ store: own }).commit(before)
      const validate = (value: unknown) =>
        Object.keys(value as object).length === 0
          ? { value: {} }
          : { issues: [{ message: `Expected number but ${quoted}`, path: ["n"] }] }
      const schema = { "~standard": { version: 1 as const, vendor: "test", validate } }
      const sessions = createSessions({ store: own, schema, warn: (text) => warnings.push(text) })
      const cookie = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
      void (await sessions.open({ cookie }).load()).userId
      expect(warnings.join()).toContain("n: Expected number but")
      expect(warnings.join()).not.toContain("S3CRET")
    }
  })

  it.each([
    // valibot, which writes quotes as they come
    ['Invalid email: Received "a" my word is S3CRET"', "Invalid email: Received a string"],
    [
      'Invalid type: Expected ("x" | "y") but received "a" S3CRET"',
      'Invalid type: Expected ("x" | "y") but received a string',
    ],
    [
      'Invalid key: Expected never but received "S3CRET\n"',
      "Invalid key: Expected never but received a string",
    ],
    // arktype
    ['must be "a" or "b" (was "S3CRET")', 'must be "a" or "b" (was a string)'],
    ['must be an email address (was "S3"CRET")', "must be an email address (was a string)"],
    ['must be a number (was ["S3CRET"])', "must be a number (was a value)"],
    ['must be a number (was {"x":"S3CRET"})', "must be a number (was a value)"],
    ['m must be (was "S3CRET")\nq must be (was "S3CRET")', "m must be (was a string)"],
    ['must match ^a$ (was "S3CRET', "must match ^a$ (was a string"],
    // yup, superstruct, effect, io-ts
    [
      'but the final value was: `NaN` (cast from the value `"S3CRET"`).',
      "but the final value was: a string).",
    ],
    ["Expected a `number`, but received: `S3CRET`", "Expected a `number`, but received: a string"],
    ['Expected number, actual "S3CRET"', "Expected number, actual a string"],
    ['Invalid value "S3CRET" supplied to : number', "Invalid value a string supplied to : number"],
    ["got “S3CRET”", "got a string"],
    [`Received "${"x".repeat(1000)}" S3CRET"`, "Received a string"],
    [`Received "${'x" S3CRET '.repeat(100)}`, "Received a string"],
    // What is no value stays.
    ["Invalid input: expected string, received number", "Invalid input: expected string, received number"],
    ['Invalid option: expected one of "x"|"y"', 'Invalid option: expected one of "x"|"y"'],
    ["must be at most length 3 (was 10)", "must be at most length 3 (was 10)"],
  ])("of a schema, however it is quoted: %s", (message, expected) => {
    expect(withoutValues(message)).toBe(expected)
  })

  it("of a schema, however long it is", () => {
    for (const quote of ['"', "'", "`"])
      for (const text of ["x", "\\", `\\${quote}`, " ", "was ", `was ${quote}\\`])
        for (const length of [1000, 9_000_000 / text.length])
          expect(withoutValues(`was ${quote}${text.repeat(length)}${quote}`)).toBe("was a string")
    expect(withoutValues(`was${" ".repeat(9_000_000)}"S3CRET"`)).not.toContain("S3CRET")
  })

  it("shows no text that is long enough to be a secret", async () => {
    const long = "k".repeat(10) + "0123456789abcdef".repeat(2)
    for (const options of [
      { idle: long },
      { cookie: { name: `${long};` } },
      { cookie: { sameSite: long } },
      { [long]: 1 },
    ])
      expect(await refusalOf(() => create(options))).toMatch(/a string of \d+ characters/)
  })
})

describe("a cookie that browsers drop", () => {
  it.each([
    ["name", "n".repeat(4090)],
    ["name", "n".repeat(1025)],
    ["path", `/${"p".repeat(1024)}`],
    ["path", "/a;b"],
    ["path", "/ä"],
    ["domain", `${"d.".repeat(600)}com`],
    ["domain", "d".repeat(64)],
    ["domain", "exa mple.com"],
    ["domain", "example.com/path"],
    ["domain", "*.example.com"],
    ["domain", "com"],
    ["domain", ".com"],
    ["domain", "intranet"],
    ["domain", null],
    ["name", null],
    ["path", null],
    ["domain", ""],
  ])("is refused at start-up: its %s", async (option, value) => {
    expect(await refusalOf(() => create({ cookie: { [option]: value } }))).toContain(
      `"cookie.${option}" must`,
    )
  })

  it.each([
    { name: "n".repeat(1024) },
    { path: `/${"p".repeat(1023)}` },
    { domain: "localhost" },
    { domain: ".localhost" },
    { domain: "127.0.0.1" },
    { name: undefined, domain: undefined },
    { domain: ".example.com" },
    { domain: "a-b.example.co.uk" },
  ])("is not this one: %j", (cookie) => {
    create({ cookie })
  })
})
