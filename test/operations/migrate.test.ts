import { Kysely, MysqlDialect, PostgresDialect } from "kysely"
import { createPool } from "mysql2"
import pg from "pg"
import { afterAll, describe, expect, it } from "vitest"
import { migrationSql, type SqlDatabase, type SqlStore, sqlStore } from "../../src/stores/sql/index.ts"
import { newTable } from "../laws/sql-laws.ts"
import { startMariadb } from "../services/mariadb.ts"
import { describeServer, describeStore } from "../services/service.ts"

/** A database, and a way to do to it what an application's own migrations do. */
interface Stage {
  readonly dialect: "postgres" | "mysql"
  readonly database: SqlDatabase
  readonly kysely: SqlDatabase
  run(text: string): Promise<readonly Record<string, unknown>[]>
  /** The columns that an index of the table begins with, which the database uses. */
  indexed(table: string): Promise<readonly unknown[]>
  close(): Promise<unknown>
}

/** A table as another hand made it. */
interface Case {
  readonly name: string
  /** What was done after the table was made as usual, or in its place. `T` is its name. */
  readonly after?: string
  readonly instead?: string
  /** What the refusal must name; absent where the table will do, or is mended. */
  readonly refusal?: RegExp
  /** Whether running what the refusal says makes the table good. */
  readonly isMendable?: false
}

const POSTGRES: readonly Case[] = [
  { name: "as it is made" },
  { name: "an index dropped", after: "DROP INDEX T_user_id" },
  { name: "both indexes dropped", after: "DROP INDEX T_user_id; DROP INDEX T_expires_at" },
  {
    name: "indexes under other names",
    after: "ALTER INDEX T_user_id RENAME TO T_a; ALTER INDEX T_expires_at RENAME TO T_b",
  },
  {
    name: "a whole index in the place of the partial one",
    after: "DROP INDEX T_user_id; CREATE INDEX T_x ON T (user_id, expires_at)",
  },
  {
    name: "names of indexes taken by another table",
    after:
      "ALTER TABLE T RENAME TO T_old; CREATE TABLE T (LIKE T_old INCLUDING DEFAULTS); ALTER TABLE T ADD PRIMARY KEY (id)",
  },
  {
    name: "longer texts",
    after: 'ALTER TABLE T ALTER id TYPE text COLLATE "C", ALTER user_id TYPE varchar COLLATE "C"',
  },
  {
    name: "a column more",
    after: "ALTER TABLE T ADD region text, ADD at timestamptz NOT NULL DEFAULT now()",
  },
  {
    name: "a key of its own",
    after: "ALTER TABLE T DROP CONSTRAINT T_pkey, ADD pk serial PRIMARY KEY, ADD UNIQUE (id)",
  },
  {
    name: "partitions",
    instead:
      'CREATE TABLE T (id varchar(64) COLLATE "C" NOT NULL PRIMARY KEY, user_id varchar(255) COLLATE "C", payload text NOT NULL, expires_at bigint NOT NULL, version bigint NOT NULL) PARTITION BY HASH (id); CREATE TABLE T_0 PARTITION OF T FOR VALUES WITH (modulus 2, remainder 0); CREATE TABLE T_1 PARTITION OF T FOR VALUES WITH (modulus 2, remainder 1)',
  },
  {
    name: "a collation of its own",
    after: 'ALTER TABLE T ALTER user_id TYPE varchar(255) COLLATE "en-x-icu"',
    refusal: /column user_id is character varying\(255\) COLLATE "en-x-icu", not varchar\(255\) COLLATE "C"/,
  },
  {
    name: "the database's collation",
    after: 'ALTER TABLE T ALTER id TYPE varchar(64) COLLATE "default"',
    refusal: /column id is .*\(of the database\)/,
  },
  {
    name: "several things at once",
    after:
      "DROP INDEX T_user_id; ALTER TABLE T ALTER user_id SET NOT NULL, ALTER expires_at TYPE integer, ALTER payload TYPE varchar(2000)",
    refusal:
      /column user_id is .* NOT NULL, not .*column payload .*column expires_at is integer NOT NULL, not bigint.*no index on user_id/,
  },
  {
    name: "a payload in jsonb",
    after: "ALTER TABLE T ALTER payload TYPE jsonb USING payload::jsonb",
    refusal: /payload is jsonb/,
  },
  {
    name: "users too short",
    after: "ALTER TABLE T ALTER user_id TYPE varchar(30)",
    refusal: /user_id is character varying\(30\)/,
  },
  {
    name: "a nullable version",
    after: "ALTER TABLE T ALTER version DROP NOT NULL",
    refusal: /version is bigint, not bigint NOT NULL/,
  },
  { name: "a column missing", after: "ALTER TABLE T DROP version", refusal: /column version is missing/ },
  { name: "the users missing", after: "ALTER TABLE T DROP user_id", refusal: /column user_id is missing/ },
  { name: "no key", after: "ALTER TABLE T DROP CONSTRAINT T_pkey", refusal: /no primary key/ },
  {
    name: "another key",
    after: "ALTER TABLE T DROP CONSTRAINT T_pkey, ADD PRIMARY KEY (id, expires_at)",
    refusal: /primary key is \(id, expires_at\), not \(id\)/,
  },
  {
    name: "one session a user",
    after: "ALTER TABLE T ADD CONSTRAINT T_one UNIQUE (user_id)",
    refusal: /unique by \w+_one: /,
  },
  {
    name: "one session a user, by an index",
    after: "CREATE UNIQUE INDEX T_one ON T (user_id)",
    refusal: /unique by \w+_one: /,
  },
  {
    name: "a column that must be named",
    after: "ALTER TABLE T ADD region text NOT NULL",
    refusal: /column region .* takes no row/,
  },
  {
    name: "an index that is not valid",
    after: "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'T_user_id'::regclass",
    refusal: /index \w+_user_id is not valid/,
  },
  {
    name: "times in the place of numbers",
    after: "ALTER TABLE T DROP expires_at, ADD expires_at timestamptz NOT NULL",
    refusal: /expires_at is timestamp/,
    isMendable: false,
  },
  {
    name: "a view",
    instead: "CREATE VIEW T AS SELECT 1 AS id",
    refusal: /it is a view and no table/,
    isMendable: false,
  },
  {
    name: "another table",
    instead: "CREATE TABLE T (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp)",
    refusal: /column id is missing; column user_id is missing/,
    isMendable: false,
  },
]

const MYSQL: readonly Case[] = [
  { name: "as it is made" },
  { name: "an index dropped", after: "ALTER TABLE T DROP INDEX T_user_id" },
  { name: "both indexes dropped", after: "ALTER TABLE T DROP INDEX T_user_id, DROP INDEX T_expires_at" },
  {
    name: "indexes under other names",
    after: "ALTER TABLE T RENAME INDEX T_user_id TO a, RENAME INDEX T_expires_at TO b",
  },
  {
    name: "the index over whole users",
    after: "ALTER TABLE T DROP INDEX T_user_id, ADD INDEX whole (user_id)",
  },
  {
    name: "a name taken by an index of other columns",
    after: "ALTER TABLE T DROP INDEX T_user_id, ADD INDEX T_user_id (version)",
  },
  { name: "an index that is ignored", after: "ALTER TABLE T ALTER INDEX T_user_id IGNORED" },
  { name: "rows in COMPACT", after: "ALTER TABLE T DROP INDEX T_user_id, ROW_FORMAT = COMPACT" },
  {
    name: "longer texts",
    after:
      "ALTER TABLE T MODIFY id varchar(100) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL, MODIFY expires_at bigint unsigned NOT NULL",
  },
  { name: "a column more", after: "ALTER TABLE T ADD region text, ADD at timestamp NOT NULL DEFAULT now()" },
  {
    name: "a key of its own",
    after:
      "ALTER TABLE T DROP PRIMARY KEY, ADD pk bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, ADD UNIQUE (id)",
  },
  { name: "partitions", after: "ALTER TABLE T PARTITION BY KEY (id) PARTITIONS 4" },
  {
    name: "names in capitals",
    after: "ALTER TABLE T RENAME COLUMN id TO ID, RENAME COLUMN user_id TO User_Id",
  },
  {
    name: "another character set and collation",
    after: "ALTER TABLE T CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
    refusal:
      /column id is varchar\(64\) .*utf8mb4_unicode_ci NOT NULL, not .*column user_id is .*utf8mb4_unicode_ci, not/,
  },
  {
    name: "a character set too small",
    after:
      "ALTER TABLE T MODIFY user_id varchar(255) CHARACTER SET latin1 COLLATE latin1_bin, MODIFY payload longtext CHARACTER SET utf8mb3 NOT NULL",
    refusal: /user_id is .*latin1.*payload is longtext CHARACTER SET utf8mb3/,
  },
  {
    name: "a payload too small",
    after: "ALTER TABLE T MODIFY payload text CHARACTER SET utf8mb4 NOT NULL",
    refusal: /payload is text .* not longtext/,
  },
  {
    name: "a payload in bytes",
    after: "ALTER TABLE T MODIFY payload longblob NOT NULL",
    refusal: /payload is longblob/,
    isMendable: false,
  },
  {
    name: "a payload in JSON",
    after: "ALTER TABLE T MODIFY payload json NOT NULL",
    refusal: /payload is longtext .*check of JSON/,
  },
  {
    name: "integers too small",
    after: "ALTER TABLE T MODIFY expires_at int NOT NULL, MODIFY version int NOT NULL",
    refusal: /expires_at is int.* not bigint NOT NULL; column version is int/,
  },
  {
    name: "users that must be there",
    after: "ALTER TABLE T MODIFY user_id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL",
    refusal: /user_id is .* NOT NULL, not/,
  },
  { name: "a column missing", after: "ALTER TABLE T DROP version", refusal: /column version is missing/ },
  { name: "no key", after: "ALTER TABLE T DROP PRIMARY KEY", refusal: /no primary key/ },
  {
    name: "another key",
    after: "ALTER TABLE T DROP PRIMARY KEY, ADD PRIMARY KEY (id, expires_at)",
    refusal: /primary key is \(id, expires_at\)/,
  },
  {
    name: "the beginning of an id as the key",
    after: "ALTER TABLE T DROP PRIMARY KEY, ADD PRIMARY KEY (id(20))",
    refusal: /primary key is/,
  },
  { name: "one session a user", after: "ALTER TABLE T ADD UNIQUE one (user_id)", refusal: /unique by one: / },
  {
    name: "a column that must be named",
    after: "ALTER TABLE T ADD region varchar(9) NOT NULL",
    refusal: /column region .* takes no row/,
  },
  { name: "MyISAM", after: "ALTER TABLE T ENGINE = MyISAM", refusal: /engine is MyISAM, not InnoDB/ },
  {
    name: "a table in memory",
    instead:
      "CREATE TABLE T (id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY, user_id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, payload varchar(999) CHARACTER SET utf8mb4 NOT NULL, expires_at bigint NOT NULL, version bigint NOT NULL) ENGINE = MEMORY",
    refusal: /engine is MEMORY.*payload is varchar/,
  },
  {
    name: "times in the place of numbers",
    after: "ALTER TABLE T MODIFY expires_at datetime NOT NULL",
    refusal: /expires_at is datetime/,
    isMendable: false,
  },
  {
    name: "a view",
    instead: "CREATE VIEW T AS SELECT 1 AS id",
    refusal: /it is a view and no table/,
    isMendable: false,
  },
  {
    name: "another table",
    instead: "CREATE TABLE T (sid varchar(99) PRIMARY KEY, sess text NOT NULL)",
    refusal: /column id is missing; column user_id is missing/,
    isMendable: false,
  },
]

/** What `migrate()` does with a table that is there already. */
function migrations(stage: Stage, cases: readonly Case[]): void {
  const { dialect, database, kysely, run } = stage
  it.each(cases)("$name", async ({ after, instead, refusal, isMendable }) => {
    const table = newTable()
    const named = (text: string): string[] => text.replaceAll(/\bT\b|\bT(?=_)/g, table).split("; ")
    for (const text of instead ? named(instead) : migrationSql(dialect, { table }).split(";\n"))
      if (text.trim()) await run(text)
    for (const text of after ? named(after) : []) await run(text)
    const stores = [database, kysely].map((one) => sqlStore(one, { table }))
    for (const store of stores)
      if (!refusal) {
        await expectGood(store)
        expect(await stage.indexed(table)).toEqual(expect.arrayContaining(["expires_at", "user_id"]))
      } else {
        const error = await store.migrate().catch((error: Error) => error)
        expect(error).toMatchObject({ code: "ERR_TABLE_DIFFERS", message: expect.stringMatching(refusal) })
        expect((error as Error).message).not.toMatch(/\.\.|\n/)
        if (isMendable === false) expect((error as Error).message).toMatch(/No statement mends that/)
        else if (store === stores.at(-1)) {
          const [, remedy = ""] = (error as Error).message.split(", run: ")
          for (const text of remedy.split("; ")) await run(text)
          await expectGood(store)
        }
      }
  })
}

/** Migrates, twice, and stores sessions of one user. */
async function expectGood(store: SqlStore): Promise<void> {
  await store.migrate()
  await store.migrate()
  const userId = `u${Math.random()}`
  const records = [1, 2].map((n) => ({
    id: `${Math.random()}`.slice(2).padEnd(32, `${n}`),
    userId,
    payload: "[1]\n{}",
    expiresAt: Date.now() + 1e5,
  }))
  for (const record of records) expect(await store.create(record)).toBeDefined()
  expect(await store.listByUser(userId)).toHaveLength(2)
}

/** Ten machines that find the same table as another hand left it. */
async function migrateTenTimes(database: SqlDatabase, table: string): Promise<void> {
  await Promise.all(Array.from({ length: 10 }, () => sqlStore(database, { table }).migrate()))
}

describeStore("postgres", ({ postgres: connectionString }) => {
  const pool = new pg.Pool({ connectionString })
  const kysely = new Kysely({ dialect: new PostgresDialect({ pool }) })
  const stage: Stage = {
    dialect: "postgres",
    database: pool,
    kysely,
    run: async (text) => (await pool.query(text)).rows,
    async indexed(table) {
      const { rows } = await pool.query(
        "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] WHERE indrelid = $1::regclass",
        [table],
      )
      return rows.map(({ attname }) => attname)
    },
    close: () => pool.end(),
  }
  afterAll(stage.close)
  describe("migrate(), where there is", () => migrations(stage, POSTGRES))

  it("makes each missing index once, however many begin at once", async () => {
    const table = newTable()
    await sqlStore(pool, { table }).migrate()
    await pool.query(
      `DROP INDEX ${table}_user_id; DROP INDEX ${table}_expires_at; CREATE TABLE ${table}_user_id ()`,
    )
    await migrateTenTimes(pool, table)
    const { rows } = await pool.query("SELECT indexname FROM pg_indexes WHERE tablename = $1 ORDER BY 1", [
      table,
    ])
    expect(rows.map(({ indexname }) => indexname)).toEqual([
      `${table}_expires_at`,
      `${table}_pkey`,
      `${table}_user_id_2`,
    ])
  })

  it("looks where the search path leads, and takes names by their case", async () => {
    const [one, two, table] = [newTable(), newTable(), `S${newTable()}`]
    await pool.query(`CREATE SCHEMA ${one}; CREATE SCHEMA ${two}; CREATE TABLE ${one}.${table} (id integer)`)
    const there = new pg.Pool({ connectionString, options: `-c search_path=${one},${two}` })
    try {
      const inFirst = sqlStore(there, { table: `${two}.${table}` })
      await inFirst.migrate()
      await expectGood(inFirst)
      await pool.query(`ALTER TABLE ${one}.${table} RENAME TO aside`)
      // The unquoted name was in lower case, so that this one was never in the way.
      await expectGood(sqlStore(there, { table }))
      const { rows } = await pool.query("SELECT schemaname FROM pg_tables WHERE tablename = $1", [table])
      expect(rows).toEqual([{ schemaname: two }])
    } finally {
      await there.end()
    }
  })
})

describeStore("mariadb", ({ mariadb: uri }) => {
  const pool = createPool({ uri })
  const kysely = new Kysely({ dialect: new MysqlDialect({ pool }) })
  const stage: Stage = {
    dialect: "mysql",
    database: pool,
    kysely,
    run: async (text) => (await pool.promise().query(text))[0] as Record<string, unknown>[],
    indexed: async (table) =>
      (await stage.run(`SHOW INDEX FROM ${table} WHERE Seq_in_index = 1 AND Ignored = 'NO'`)).map(
        ({ Column_name }) => String(Column_name).toLowerCase(),
      ),
    close: () => pool.promise().end(),
  }
  afterAll(stage.close)
  describe("migrate(), where there is", () => migrations(stage, MYSQL))

  it("makes each missing index once, however many begin at once", async () => {
    const table = newTable()
    await sqlStore(pool, { table }).migrate()
    await stage.run(`ALTER TABLE ${table} DROP INDEX ${table}_user_id, DROP INDEX ${table}_expires_at`)
    await migrateTenTimes(pool, table)
    const rows = await stage.run(`SHOW INDEX FROM ${table}`)
    expect(rows.map(({ Key_name }) => Key_name).sort()).toEqual([
      "PRIMARY",
      `${table}_expires_at`,
      `${table}_user_id`,
    ])
  })

  it("takes names by their case, as this server does", async () => {
    const table = newTable()
    await stage.run(`CREATE TABLE ${table} (id int)`)
    await expectGood(sqlStore(pool, { table: table.toUpperCase() }))
    await expect(sqlStore(pool, { table }).migrate()).rejects.toThrow(/column id is int/)
  })
})

describeServer("mariadb", "a server that takes names in any case", () => {
  it("is migrated once", async () => {
    const server = await startMariadb({
      args: ["--lower-case-table-names=1", "--innodb-default-row-format=compact"],
    })
    const pool = createPool({ uri: server.url })
    try {
      for (const table of ["Sessions", "sessions", "holdfast.SESSIONS"])
        await expectGood(sqlStore(pool, { table }))
      const [rows] = await pool.promise().query("SHOW INDEX FROM Sessions")
      expect(rows).toHaveLength(3)
    } finally {
      await pool.promise().end()
      await server.close()
    }
  })
})
