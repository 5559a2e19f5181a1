import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { differences } from "../../src/stores/sql/differences.ts"
import { migrationSql, sqlStore } from "../../src/stores/sql/index.ts"
import type { Layout } from "../../src/stores/sql/layout.ts"
import * as mysql from "../../src/stores/sql/mysql-findings.ts"
import * as postgres from "../../src/stores/sql/postgres-findings.ts"

// What PostgreSQL and MariaDB do is in test/operations/migrate.test.ts.
describe("migrate() of a SQLite table", () => {
  const CASES: readonly { name: string; make: string; refusal?: RegExp }[] = [
    { name: "as it is made", make: migrationSql("sqlite", { table: "t" }) },
    {
      name: "without its indexes",
      make: "CREATE TABLE t (id text PRIMARY KEY, user_id text, payload text NOT NULL, expires_at integer NOT NULL, version integer NOT NULL)",
    },
    {
      name: "renamed, so that another one's indexes have the names",
      make: `${migrationSql("sqlite", { table: "t" })}; ALTER TABLE t RENAME TO o; CREATE TABLE t (id varchar(64) NOT NULL PRIMARY KEY, user_id varchar(255), payload clob NOT NULL, expires_at bigint NOT NULL, version bigint NOT NULL) WITHOUT ROWID`,
    },
    {
      name: "with columns more",
      make: `${migrationSql("sqlite", { table: "t" })}; ALTER TABLE t ADD region text; ALTER TABLE t ADD n integer NOT NULL DEFAULT 0`,
    },
    {
      name: "with whole indexes of other names",
      make: "CREATE TABLE t (id text NOT NULL PRIMARY KEY, user_id text, payload text NOT NULL, expires_at integer NOT NULL, version integer NOT NULL); CREATE INDEX a ON t (user_id, id); CREATE INDEX b ON t (expires_at)",
    },
    {
      name: "with names in capitals",
      make: "CREATE TABLE T (ID text PRIMARY KEY, USER_ID text, PAYLOAD text NOT NULL, EXPIRES_AT integer NOT NULL, VERSION integer NOT NULL); CREATE INDEX a ON T (USER_ID) WHERE (User_id IS NOT NULL)",
      refusal: /column id is missing/, // a driver would give rows with these names
    },
    {
      name: "that takes ada for ADA",
      make: "CREATE TABLE t (id text NOT NULL PRIMARY KEY, user_id text COLLATE NOCASE, payload text NOT NULL, expires_at integer NOT NULL, version integer NOT NULL); CREATE INDEX a ON t (user_id)",
      refusal: /user_id is text COLLATE NOCASE, not text/i,
    },
    {
      name: "whose ids take any case",
      make: "CREATE TABLE t (id text NOT NULL PRIMARY KEY COLLATE NOCASE, user_id text, payload text NOT NULL, expires_at integer NOT NULL, version integer NOT NULL)",
      refusal: /column id is text COLLATE NOCASE/i,
    },
    {
      name: "without a version",
      make: "CREATE TABLE t (id text NOT NULL PRIMARY KEY, user_id text, payload text NOT NULL, expires_at integer NOT NULL)",
      refusal: /column version is missing.* ALTER TABLE "t" ADD COLUMN "version" integer NOT NULL DEFAULT 0/,
    },
    {
      name: "without a key",
      make: "CREATE TABLE t (id text NOT NULL, user_id text, payload text NOT NULL, expires_at integer NOT NULL, version integer NOT NULL)",
      refusal: /no primary key/,
    },
    {
      name: "with another key",
      make: "CREATE TABLE t (id text NOT NULL, user_id text, payload text NOT NULL, expires_at integer NOT NULL, version integer NOT NULL, PRIMARY KEY (id, version))",
      refusal: /primary key is \(id, version\)/,
    },
    {
      name: "with one session a user",
      make: `${migrationSql("sqlite", { table: "t" })}; CREATE UNIQUE INDEX one ON t (user_id)`,
      refusal: /\(user_id\) must be unique by one.*DROP INDEX "one"/,
    },
    {
      name: "in blobs",
      make: "CREATE TABLE t (id text NOT NULL PRIMARY KEY, user_id text, payload blob NOT NULL, expires_at real NOT NULL, version integer NOT NULL)",
      refusal: /payload is blob NOT NULL, not text NOT NULL; column expires_at is real/i,
    },
    {
      name: "without a payload",
      make: "CREATE TABLE t (id text NOT NULL PRIMARY KEY, user_id text, expires_at integer NOT NULL, version integer NOT NULL)",
      refusal: /column payload is missing.*No statement mends that/,
    },
    {
      name: "with a column that wants a value",
      make: "CREATE TABLE t (id text NOT NULL PRIMARY KEY, user_id text, payload text NOT NULL, expires_at integer NOT NULL, version integer NOT NULL, region text NOT NULL)",
      refusal: /column region is none of the store's and takes no row without a value/,
    },
    {
      name: "whose ids are unique in part",
      make: "CREATE TABLE t (id text NOT NULL, user_id text, payload text NOT NULL, expires_at integer NOT NULL, version integer NOT NULL); CREATE UNIQUE INDEX some ON t (id) WHERE id > 'a'",
      refusal: /there is no primary key/,
    },
    {
      name: "whose index has the live ones alone",
      make: "CREATE TABLE t (id text NOT NULL PRIMARY KEY, user_id text, payload text NOT NULL, expires_at integer NOT NULL, version integer NOT NULL); CREATE INDEX some ON t (expires_at) WHERE expires_at > 99",
    },
    { name: "that is a view", make: "CREATE VIEW t AS SELECT 1 AS id", refusal: /it is a view and no table/ },
  ]

  it.each(CASES)("$name", async ({ make, refusal }) => {
    const database = new DatabaseSync(":memory:")
    database.exec(make)
    const store = sqlStore(database, { table: "t" })
    if (refusal) return await expect(store.migrate()).rejects.toThrow(refusal)
    await store.migrate()
    await store.migrate()
    for (const id of ["a", "b"])
      expect(await store.create({ id, userId: "u", payload: "", expiresAt: Date.now() + 9999 })).toBeDefined()
    for (const where of ["user_id = 'u'", "expires_at < 5"]) {
      const [plan] = database.prepare(`EXPLAIN QUERY PLAN SELECT * FROM t WHERE ${where}`).all()
      expect(plan?.detail).toMatch(/USING INDEX/)
    }
  })

  it("changes nothing in a file that may only be read, where there is nothing to do", async () => {
    const database = new DatabaseSync(":memory:")
    database.exec(migrationSql("sqlite"))
    database.exec("PRAGMA query_only = 1")
    await sqlStore(database).migrate()
  })
})

describe("a table of PostgreSQL that takes long to index", () => {
  const column = (name: string, base: string, rest: object = {}): Layout["columns"][number] => ({
    name,
    type: base,
    base,
    isNullable: name === "user_id",
    isFilled: false,
    ...rest,
  })
  const layout: Layout = {
    dialect: "postgres",
    kind: "table",
    columns: [
      column("id", "text", { collation: "C" }),
      column("user_id", "text", { collation: "C" }),
      column("payload", "text"),
      column("expires_at", "int8"),
      column("version", "bigint"),
    ],
    indexes: [
      {
        name: "t_pkey",
        columns: ["id"],
        first: "id",
        isUnique: true,
        isPrimary: true,
        isComplete: true,
        isValid: true,
      },
    ],
    isTransactional: true,
    isPartitioned: false,
    bytes: 2 ** 31,
    takenNames: [],
    jsonColumns: [],
  }

  it("is left to its operator, who builds the index beside the traffic", () => {
    const found = differences(layout, "web.t")
    expect(found.map(({ isSafe }) => isSafe)).toEqual([undefined, undefined])
    expect(found[0]?.statement).toBe(
      'CREATE INDEX CONCURRENTLY IF NOT EXISTS "t_expires_at" ON "web"."t" ("expires_at")',
    )
    const [partitioned] = differences({ ...layout, isPartitioned: true }, "web.t")
    expect(partitioned?.statement).not.toContain("CONCURRENTLY")
  })

  it("is indexed at once while it is small", () => {
    expect(differences({ ...layout, bytes: 2 ** 20 }, "t").map(({ isSafe }) => isSafe)).toEqual([true, true])
  })
})

describe("a server's version", () => {
  it.each([
    ["8.0.36", "MySQL 8.0.36", false],
    ["5.7.44-log", "MySQL 5.7.44-log", false],
    ["5.6.51", "MySQL 5.6.51", true],
    ["10.11.6-MariaDB-0+deb12u1", "MariaDB 10.11.6", false],
    ["5.5.5-10.6.1-MariaDB", "MariaDB 10.6.1", false],
    ["10.1.48-MariaDB", "MariaDB 10.1.48", true],
  ])("%s", (version, value, isOld) => {
    const [finding] = mysql.serverFindings({ version }, {})
    expect([finding?.value, finding?.problem !== undefined]).toEqual([value, isOld])
  })

  it("of PostgreSQL", () => {
    const server = {
      version: "11.22",
      number: 110_022,
      fsync: true,
      encoding: "UTF8",
      autovacuum: true,
    } as postgres.PostgresServer
    expect(postgres.serverFindings(server)[0]?.problem).toMatch(/PostgreSQL 12/)
    expect(postgres.serverFindings({ ...server, number: 120_000 })[0]?.problem).toBeUndefined()
  })
})
