import { DatabaseSync } from "node:sqlite"
import { createPool } from "mysql2/promise"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  type DjangoOptions,
  djangoLogin,
  djangoSessions,
  type SessionColumns,
} from "../../src/django/index.ts"
import { tableDialect } from "../../src/django/table-dialect.ts"
import { memcachedClient } from "../../src/stores/memcached/client.ts"
import type { SqlDatabase } from "../../src/stores/sql/database.ts"
import { describeStore } from "../services/service.ts"
import { type Browser, browser } from "./client.ts"
import { type OpenSite, openSite, SECRET, sharingLaws } from "./sharing.ts"

// A session model of one's own, some of whose columns must not be empty.

const NAME = `django_columns_${process.pid}`
const TABLE = "accounts_account"

/** As `create_model_instance` of the site's store has it. */
const columns: SessionColumns = {
  account_id: ({ userId }) => userId,
  is_guest: ({ userId }) => userId === null,
  tenant: ({ data }) => String(data.tenant ?? "none"),
  order: ({ data }) => (typeof data.order === "number" ? data.order : null),
}

interface Row {
  readonly account_id: number | null
  readonly is_guest: boolean | number
  readonly tenant: string
  readonly order: number | null
  readonly note: string | null
}

/** A database that the site and this side share. */
interface Shared {
  readonly database: SqlDatabase
  /** Runs a statement; gives its rows. */
  readonly ask: (text: string) => Promise<readonly unknown[]>
}

/** What holds for the model, wherever its table is. */
function columnTests(
  open: () => Shared & { readonly opened: OpenSite; readonly options: DjangoOptions },
): void {
  const visitor = (): Browser => browser(open().opened.site!.url, djangoSessions(open().options))
  const rowOf = async ({ cookie }: Browser): Promise<Row> => {
    const key = cookie!.slice("sessionid=".length)
    const [row] = await open().ask(`SELECT * FROM ${TABLE} WHERE session_key = '${key}'`)
    return row as Row
  }
  const test = (sentence: string, check: () => Promise<void>): void =>
    it(sentence, async (context) => (open().opened.site ? check() : context.skip()))

  test("fills its columns when a session begins, and with each save", async () => {
    const known = visitor()
    await known.node(({ data }) => Object.assign(data, { order: 7 }))
    expect(await rowOf(known)).toMatchObject({ account_id: null, tenant: "none", order: 7 })
    expect(Boolean((await rowOf(known)).is_guest)).toBe(true)
    await known.node(({ data }) => Object.assign(data, { tenant: "Zoë's" }))
    expect(await rowOf(known)).toMatchObject({ tenant: "Zoë's", order: 7 })
    await known.node((session) => session.update((data) => Object.assign(data, { order: 8 })))
    expect(await rowOf(known)).toMatchObject({ order: 8 })
    expect((await known.django("view")).data).toEqual({ order: 8, tenant: "Zoë's" })
  })

  test("keeps what lies in the others, through saves, rotations and logins", async () => {
    const { ask } = open()
    const known = visitor()
    await known.django("change", { data: '{"tenant": "north"}' })
    await ask(`UPDATE ${TABLE} SET note = 'kept' WHERE session_key = '${known.cookie!.split("=")[1]}'`)
    const count = async (): Promise<unknown> => (await ask(`SELECT count(*) AS n FROM ${TABLE}`))[0]
    const before = await count()
    for (const step of [
      () => known.node(({ data }) => Object.assign(data, { a: 1 })),
      () => known.node((session) => session.rotate()),
      () =>
        known.node((session) => {
          session.rotate()
          session.data.tenant = "south"
        }),
      () => known.node((session) => djangoLogin(session, { id: 42, password: "hash" })),
      () => known.node((session) => session.rotate()),
    ]) {
      await step()
      expect((await rowOf(known)).note).toBe("kept")
    }
    expect(await rowOf(known)).toMatchObject({ account_id: 42, tenant: "south" })
    expect(Boolean((await rowOf(known)).is_guest)).toBe(false)
    expect(await count()).toEqual(before)
  })

  test("hands none of them on to another user", async () => {
    const { ask } = open()
    const known = visitor()
    await known.node((session) => djangoLogin(session, { id: 42, password: "hash" }))
    await ask(`UPDATE ${TABLE} SET note = 'of 42' WHERE session_key = '${known.cookie!.split("=")[1]}'`)
    await known.node((session) => djangoLogin(session, { id: 43, password: "hash" }))
    expect(await rowOf(known)).toMatchObject({ account_id: 43, note: null })
  })

  test("carries over what another wrote between reading and rotating", async () => {
    const known = visitor()
    await known.node(({ data }) => Object.assign(data, { a: 1 }))
    const other = visitor()
    other.cookie = known.cookie
    await known.node(async (session) => {
      session.rotate()
      session.data.b = 1
      await other.node(({ data }) => Object.assign(data, { c: 1, order: 3 }))
    })
    expect(await known.node(({ data }) => data)).toEqual({ a: 1, b: 1, c: 1, order: 3 })
    expect(await rowOf(known)).toMatchObject({ order: 3 })
    expect(await other.node((session) => session.isNew)).toBe(true)
  })

  test("stores nothing when a column has no value", async () => {
    const { options, ask } = open()
    for (const [broken, message] of [
      [{ ...columns, tenant: () => undefined }, /column "tenant" must give text.*; it gave undefined$/],
      [{ ...columns, tenant: async () => "x" }, /column "tenant" must give text.*; it gave a promise$/],
      [{ ...columns, order: () => Number.NaN }, /column "order" must give/],
      [
        {
          ...columns,
          order: () => {
            throw new Error("secret")
          },
        },
        /^The function for the column "order" failed$/,
      ],
    ] as const) {
      const [before] = await ask(`SELECT count(*) AS n FROM ${TABLE}`)
      const known = browser("", djangoSessions({ ...options, columns: broken as never } as DjangoOptions))
      await expect(known.node(({ data }) => Object.assign(data, { a: 1 }))).rejects.toMatchObject({
        code: "ERR_SESSION_DATA",
        message: expect.stringMatching(message),
      })
      expect(await ask(`SELECT count(*) AS n FROM ${TABLE}`)).toEqual([before])
    }
    const none = browser("", djangoSessions({ ...options, columns: {} } as DjangoOptions))
    await expect(none.node(({ data }) => Object.assign(data, { a: 1 }))).rejects.toMatchObject({
      code: "ERR_SESSION_STORE",
      cause: expect.objectContaining({ message: expect.stringMatching(/tenant|is_guest/) }),
    })
  })

  test("takes no key for taken where a column of its own is what must be there once", async () => {
    const { ask, options } = open()
    await ask(`DELETE FROM ${TABLE}`)
    await ask(`CREATE UNIQUE INDEX once ON ${TABLE} (tenant)`)
    try {
      const begin = (): Promise<unknown> =>
        browser("", djangoSessions(options)).node(({ data }) => Object.assign(data, { tenant: "ours" }))
      await begin()
      await expect(begin()).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    } finally {
      await ask("DROP INDEX once").catch(() => ask(`DROP INDEX once ON ${TABLE}`))
    }
  })
}

function site(
  settings: Readonly<Record<string, unknown>> | undefined,
  connect: (opened: OpenSite) => Promise<Shared & { close?: () => Promise<unknown> }>,
): void {
  let opened: OpenSite
  let shared: Awaited<ReturnType<typeof connect>>
  beforeAll(async () => {
    opened = await openSite(() => ({ engine: "accounts.sessions", ...(settings && { database: settings }) }))
    shared = await connect(opened)
  })
  afterAll(async () => {
    await shared.close?.()
    await opened.close()
  })

  const options = (): DjangoOptions => ({
    engine: "db",
    database: shared.database,
    table: TABLE,
    columns,
    secretKey: SECRET,
  })
  columnTests(() => ({ ...shared, opened, options: options() }))
  sharingLaws(() => ({ site: opened.site, options: options() }))
}

function inSqlite({ database }: OpenSite): Shared {
  return { database, ask: async (text) => database.prepare(text).all() }
}

describe("a session model of one's own in SQLite", () => {
  site(undefined, async (opened) => inSqlite(opened))
})

describeStore("postgres", ({ postgres }) => {
  const server = { HOST: "127.0.0.1", PORT: new URL(postgres).port, USER: "postgres" }
  beforeAll(async () => {
    const first = new pg.Client({ connectionString: postgres })
    await first.connect()
    await first.query(`CREATE DATABASE ${NAME}`)
    await first.end()
  })
  site({ ENGINE: "django.db.backends.postgresql", NAME, ...server }, async () => {
    const pool = new pg.Pool({ connectionString: postgres.replace(/postgres$/, NAME), max: 4 })
    return { database: pool, ask: async (text) => (await pool.query(text)).rows, close: () => pool.end() }
  })
})

describeStore("mariadb", ({ mariadb }) => {
  const server = { HOST: "127.0.0.1", PORT: new URL(mariadb).port, USER: "root" }
  beforeAll(async () => {
    const first = createPool({ uri: mariadb })
    await first.query(`CREATE DATABASE ${NAME}`)
    await first.end()
  })
  site({ ENGINE: "django.db.backends.mysql", NAME, ...server }, async () => {
    const pool = createPool({ uri: mariadb.replace(/holdfast$/, NAME), connectionLimit: 4 })
    const ask = async (text: string) => (await pool.query(text))[0] as unknown[]
    return { database: pool, ask, close: () => pool.end() }
  })
})

describeStore("memcached", ({ memcached }) => {
  let opened: OpenSite
  const cache = memcachedClient(memcached)
  beforeAll(async () => {
    opened = await openSite(() => ({
      engine: "accounts.cached_sessions",
      cache: {
        BACKEND: "django.core.cache.backends.memcached.PyMemcacheCache",
        LOCATION: memcached.replace("memcached://", ""),
        KEY_PREFIX: NAME,
      },
    }))
  })
  afterAll(async () => {
    await cache.close()
    await opened.close()
  })

  describe("a session model of one's own behind a cache", () => {
    const options = (): DjangoOptions => ({
      engine: "cached_db",
      database: opened.database,
      cache,
      keyPrefix: NAME,
      table: TABLE,
      columns,
      secretKey: SECRET,
    })
    columnTests(() => ({ ...inSqlite(opened), opened, options: options() }))
    sharingLaws(() => ({ site: opened.site, options: options() }))
  })
})

it.each([
  ["postgres", true],
  ["mysql", 1],
  ["sqlite", 1],
] as const)("true is what %s has for it", (dialect, value) => {
  expect(tableDialect(dialect, "UTC").value(true)).toBe(value)
})

describe("the option columns", () => {
  const database = new DatabaseSync(":memory:")
  const one = (): number => 1
  it.each([
    [[], "must be an object of functions"],
    [null, "must be an object of functions"],
    ["tenant", "must be an object of functions"],
    [() => ({ tenant: "x" }), "must be an object of functions"],
    [{ tenant: "x" }, '"columns.tenant" must be a function'],
    [{ "a; DROP TABLE b": one }, "letters, digits and underscores"],
    [{ 'a"': one }, "letters, digits and underscores"],
    [{ é: one }, "letters, digits and underscores"],
    [{ "": one }, "letters, digits and underscores"],
    [{ "1a": one }, "letters, digits and underscores"],
    [{ ["a".repeat(64)]: one }, "letters, digits and underscores"],
    [{ session_key: one }, '"session_key" is Django\'s'],
    [{ Expire_Date: one }, '"Expire_Date" is Django\'s'],
  ])("is refused at start-up as %j", (wrong, reason) => {
    const open = (): unknown =>
      djangoSessions({ engine: "db", database, secretKey: SECRET, columns: wrong as never })
    expect(open).toThrow(TypeError)
    expect(open).toThrow(reason)
  })
})
