import { Kysely, MysqlDialect } from "kysely"
import { createPool } from "mysql2"
import { createPool as createPromisePool, type Pool, type PoolConnection } from "mysql2/promise"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { type SqlDatabase, sqlStore } from "../../src/stores/sql/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { newTable, type OpenedDatabase, sqlLaws } from "../laws/sql-laws.ts"
import { startMariadb } from "../services/mariadb.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"

/** Ways to hand over the database. */
const WAYS: Readonly<Record<string, (uri: string) => OpenedDatabase>> = {
  "a pool with promises"(uri) {
    const pool = createPromisePool({ uri })
    return { database: pool, close: () => pool.end() }
  },
  "a pool with callbacks"(uri) {
    const pool = createPool({ uri })
    return { database: pool, close: () => pool.promise().end() }
  },
  "a Kysely instance"(uri) {
    const db = new Kysely<Record<string, never>>({ dialect: new MysqlDialect({ pool: createPool({ uri }) }) })
    return { database: db, close: () => db.destroy() }
  },
}

describeServer("mariadb", "a server that commits nothing by itself", () => {
  let server: Server
  beforeAll(async () => {
    server = await startMariadb({ args: ["--autocommit=0", "--transaction-isolation=SERIALIZABLE"] })
  })
  afterAll(() => server.close())

  for (const [name, open] of Object.entries(WAYS)) {
    sqlLaws(name, async () => open(server.url))

    it(`keeps a login and sees what others write, through ${name}`, async () => {
      const [one, other] = [open(server.url), open(server.url)]
      const table = newTable()
      try {
        const [store, others] = [one.database, other.database].map((database) =>
          sqlStore(database, { table }),
        )
        await store!.migrate()
        expect(await others!.listByUser("ada")).toEqual([])
        const session = await createSessions({ store: store! }).open({}).load()
        session.login("ada")
        await session.save()
        expect(await others!.listByUser("ada")).toHaveLength(1)
      } finally {
        await one.close()
        await other.close()
      }
      const store = await storeFromUrl(`${server.url}?table=${table}`)
      expect(await store.listByUser!("ada")).toHaveLength(1)
      await store.close()
    })
  }

  it("asks a connection once, and runs as many statements as before where it commits", async () => {
    const pool = createPromisePool({ uri: server.url, connectionLimit: 1 })
    await pool.query("SET autocommit = 1")
    const store = sqlStore(pool, { table: newTable() })
    await store.migrate()
    const questions = async (): Promise<number> => {
      const [[row]] = (await pool.query("SHOW SESSION STATUS LIKE 'Questions'")) as unknown as [
        [{ Value: string }],
      ]
      return Number(row.Value)
    }
    const statement = async (): Promise<unknown> => await store.read("a")
    await statement()
    const before = await questions()
    for (let n = 0; n < 10; n++) await statement()
    expect((await questions()) - before).toBe(11) // and the question itself
    await pool.end()
  })

  it("commits on a connection that was told not to only later", async () => {
    const pool = createPromisePool({ uri: server.url, connectionLimit: 1 })
    await pool.query("SET autocommit = 1")
    const [table, record] = [
      newTable(),
      { id: "a", userId: "ada", payload: "", expiresAt: Date.now() + 60_000 },
    ]
    await sqlStore(pool, { table }).migrate()
    const store = sqlStore(pool, { table })
    await store.read("a")
    await pool.query("SET autocommit = 0")
    await store.create(record)
    const other = createPromisePool({ uri: server.url })
    expect((await sqlStore(other, { table }).read("a"))?.record).toEqual(record)
    await Promise.all([pool.end(), other.end()])
  })
})

const MODES = "ANSI,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,ORACLE,PAD_CHAR_TO_FULL_LENGTH,STRICT_ALL_TABLES"

describeServer("mariadb", "a server with odd settings", () => {
  let server: Server
  let url: string
  let root: Pool
  beforeAll(async () => {
    server = await startMariadb({
      args: [
        "--default-time-zone=+05:45",
        "--sql-mode=",
        `--init-connect=SET sql_mode = '${MODES}', sql_safe_updates = 1, sql_select_limit = 1`,
      ],
    })
    root = createPromisePool({ uri: server.url })
    await root.query("CREATE USER web")
    await root.query("GRANT ALL ON holdfast.* TO web")
    url = server.url.replace("root@", "web@")
  })
  afterAll(async () => {
    await root.end()
    await server.close()
  })

  for (const [name, open] of Object.entries(WAYS)) sqlLaws(name, async () => open(url))

  it("are those of the connection", async () => {
    const { database, close } = WAYS["a pool with promises"]!(url)
    const [rows] = await (database as Pool).query("SELECT @@sql_mode AS mode")
    expect(rows).toMatchObject([{ mode: expect.stringMatching(/ANSI_QUOTES.*NO_BACKSLASH_ESCAPES/) }])
    await close()
  })
})

// What a client that puts parameters into the text has to escape, and can't, since it does not know how the server reads it.
describeServer("mariadb", "parameters in the text of a statement", () => {
  let server: Server
  beforeAll(async () => {
    server = await startMariadb()
  })
  afterAll(() => server.close())

  const attacks = [
    "' OR 1=1 -- ",
    "\\' OR 1=1 -- ",
    "中' OR 1=1 -- ",
    "縗' OR 1=1 #",
    '" OR 1=1 -- ',
    "\u00bf' OR 1=1 -- ",
    "?",
    ":id",
  ]
  const settings = [
    "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
    "SET sql_mode = 'ANSI_QUOTES'",
    "SET NAMES gbk",
    "SET NAMES big5",
    "SET NAMES sjis",
    "SET NAMES latin1",
  ]
  const ways: Readonly<Record<string, (pool: ReturnType<typeof createPool>) => SqlDatabase>> = {
    "a pool without prepared statements": (pool) => pool,
    Kysely: (pool) => new Kysely<Record<string, never>>({ dialect: new MysqlDialect({ pool }) }),
  }
  const cases = Object.keys(ways).flatMap((way) => settings.map((setting) => [way, setting] as const))

  it.each(cases)("stay what they are: %s, %s", async (way, setting) => {
    const pool = createPool({ uri: server.url })
    pool.on("connection", (connection: PoolConnection) => void connection.query(setting))
    const table = newTable()
    const store = sqlStore(ways[way]!(pool), { table, prepare: false })
    try {
      await store.migrate()
      const record = { id: "a", userId: "ada", payload: "", expiresAt: Date.now() + 60_000 }
      await store.create(record)
      for (const [n, attack] of attacks.entries()) {
        expect(await store.listByUser(attack)).toEqual([])
        const id = attack.replace(/[^ -~]/g, "~")
        expect(await store.read(id)).toBeUndefined()
        expect(await store.delete(id)).toBe(false)
        expect(await store.create({ ...record, id: `b${n}`, userId: attack, payload: attack })).toBeDefined()
        const [theirs, ...others] = await store.listByUser(attack)
        expect([theirs?.id, others]).toEqual([`b${n}`, []])
      }
      expect((await store.read("a"))?.record).toEqual(record)
      const [rows] = await pool
        .promise()
        .query(`SELECT hex(user_id) AS user, hex(payload) AS payload FROM ${table}`)
      for (const attack of attacks) {
        const hex = Buffer.from(attack).toString("hex").toUpperCase()
        expect(rows).toContainEqual({ user: hex, payload: hex })
      }
    } finally {
      await pool.promise().end()
    }
  })

  it("are the way out where the server keeps no prepared statements, as the error says", async () => {
    const root = createPool({ uri: server.url })
    const table = newTable()
    await sqlStore(root, { table }).migrate()
    await root.promise().query("SET GLOBAL max_prepared_stmt_count = 0")
    try {
      await expect(sqlStore(createPool({ uri: server.url }), { table }).read("a")).rejects.toMatchObject({
        errno: 1461,
        message: expect.stringContaining("add ?prepare=false to the store's URL"),
      })
      const store = await storeFromUrl(`${server.url}?table=${table}&prepare=false`)
      expect(await store.read("a")).toBeUndefined()
      await store.close()
    } finally {
      await root.promise().query("SET GLOBAL max_prepared_stmt_count = DEFAULT")
      await root.promise().end()
    }
  })

  it("may be as large as what the server takes, and are refused above", async () => {
    const small = await startMariadb({ args: ["--max-allowed-packet=1M"] })
    const pool = createPool({ uri: small.url })
    const store = sqlStore(pool, { table: newTable(), prepare: false })
    await store.migrate()
    const create = (id: string, size: number): Promise<unknown> =>
      store.create({ id, userId: null, payload: "x".repeat(size), expiresAt: Date.now() + 60_000 })
    expect(await create("a", 400_000)).toBeDefined()
    for (const size of [600_000, 5_000_000])
      await expect(create("b", size)).rejects.toMatchObject({ code: "ERR_RECORD_TOO_LARGE" })
    await pool.promise().end()
    await small.close()
  })
})
