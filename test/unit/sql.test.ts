import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { migrationSql, sqlStore } from "../../src/stores/sql.ts"

describe("the name of the table", () => {
  const database = new DatabaseSync(":memory:")

  it.each([
    "",
    "1st",
    'a"b',
    "a`b",
    "a b",
    "a.b.c",
    "a.",
    ".a",
    "a;drop table b",
    "é",
    "a\n",
    "x".repeat(49),
  ])("is refused when it is %j", (table) => {
    expect(() => sqlStore(database, { table })).toThrow(TypeError)
    expect(() => migrationSql("postgres", { table })).toThrow(/"table" must be a name of letters/)
  })

  it("is refused when it is no text", () => {
    expect(() => sqlStore(database, { table: null as never })).toThrow(/"table".* it is null/)
  })

  it.each(["s", "_s1", "web.sessions", "x".repeat(48), "Select"])("may be %j", (table) => {
    expect(() => sqlStore(database, { table })).not.toThrow()
  })

  it("may name another schema, here an attached file", async () => {
    database.exec("ATTACH ':memory:' AS web")
    const store = sqlStore(database, { table: "web.sessions" })
    await store.migrate()
    const made = database.prepare(
      "SELECT name FROM web.sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    )
    expect(made.all()).toHaveLength(2)
    expect(
      await store.create({ id: "a", userId: null, payload: "{}", expiresAt: Date.now() + 9999 }),
    ).toBeDefined()
  })
})

describe("what sqlStore takes", () => {
  it.each([
    undefined,
    null,
    "postgres://localhost",
    {},
    { query() {}, connect() {} },
    new Map(),
  ])("is refused when it is %j", (database) => {
    expect(() => sqlStore(database as never)).toThrow(
      /sqlStore\(database\) takes a Kysely instance or dialect/,
    )
  })
})

describe("the text of a migration", () => {
  it("makes what migrate() makes, and may be run twice", async () => {
    const database = new DatabaseSync(":memory:")
    database.exec(migrationSql("sqlite"))
    database.exec(migrationSql("sqlite"))
    const schema = (): unknown[] => database.prepare("SELECT type, name, sql FROM sqlite_master").all()
    const before = schema()
    await sqlStore(database).migrate()
    expect(schema()).toEqual(before)
    expect(before.length).toBeGreaterThanOrEqual(3)
  })
})
