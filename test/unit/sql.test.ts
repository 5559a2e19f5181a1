import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { migrationSql, type SqlStore, sqlStore } from "../../src/stores/sql/index.ts"

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

describe("a row of SQLite that keeps its user and its deadline", () => {
  const record = { id: "a", userId: "u", payload: "1", expiresAt: Date.now() + 60_000 }

  async function open(): Promise<{ store: SqlStore; texts: string[]; database: DatabaseSync }> {
    const database = new DatabaseSync(":memory:")
    const texts: string[] = []
    const store = sqlStore({
      exec: (text) => database.exec(text),
      prepare(text) {
        const statement = database.prepare(text)
        return {
          all: (...parameters) => statement.all(...parameters),
          get: (...parameters) => statement.get(...parameters),
          run(...parameters) {
            texts.push(text)
            return statement.run(...parameters)
          },
        }
      },
    })
    await store.migrate()
    await store.create(record)
    texts.length = 0
    return { store, texts, database }
  }

  it("is written by one statement that leaves the indexes alone", async () => {
    const { store, texts, database } = await open()
    const { version } = (await store.read("a"))!
    expect(await store.replace({ ...record, payload: "2" }, version)).toBe(Number(version) + 1)
    expect(texts).toHaveLength(1)
    const steps = database.prepare(`EXPLAIN ${texts[0]}`).all() as { opcode: string }[]
    expect(steps.map(({ opcode }) => opcode)).toContain("Insert")
    expect(steps.map(({ opcode }) => opcode)).not.toContain("IdxInsert")
    expect((await store.read("a"))!.record).toEqual({ ...record, payload: "2" })
  })

  it("is written in full where either is another by now, or was", async () => {
    const { store } = await open()
    let { version } = (await store.read("a"))!
    await store.touch("a", record.expiresAt + 5000, version)
    const changes = [
      {},
      { userId: null },
      { userId: "v" },
      { expiresAt: record.expiresAt + 1 },
      { userId: null },
    ]
    for (const change of changes) {
      const next = { ...record, ...change, payload: Math.random().toString() }
      version = (await store.replace(next, version))!
      expect((await store.read("a"))!).toEqual({ record: next, version })
    }
  })

  it("is not written when it is dead or was overtaken", async () => {
    const { store } = await open()
    const { version } = (await store.read("a"))!
    await store.replace({ ...record, payload: "2" }, version)
    expect(await store.replace({ ...record, payload: "3" }, version)).toBeUndefined()
    const dying = { ...record, id: "b", expiresAt: Date.now() + 20 }
    const first = (await store.create(dying))!
    while (Date.now() <= dying.expiresAt);
    expect(await store.replace({ ...dying, payload: "2" }, first)).toBeUndefined()
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

  it("lets nothing but the user be missing", () => {
    for (const dialect of ["sqlite", "postgres", "mysql"] as const) {
      const lines = migrationSql(dialect)
        .split("\n")
        .filter((line) => /^ {2}["`]/.test(line))
      expect(lines).toHaveLength(5)
      expect(lines.filter((line) => !line.includes(" NOT NULL"))).toEqual([
        expect.stringMatching(/^ {2}["`]user_id["`] /),
      ])
    }
  })
})
