import { createPool } from "mysql2"
import pg from "pg"
import { afterAll, describe, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { migrationSql, type SqlDatabase, type SqlStore, sqlStore } from "../../src/stores/sql/index.ts"
import { holdfast } from "../laws/cli-run.ts"
import { signIn } from "../laws/cli-sessions.ts"
import { newTable } from "../laws/sql-laws.ts"
import { describeStore } from "../services/service.ts"

/** A database, and a way to be somebody in it who may do some things with one table. */
interface Stage {
  readonly dialect: "postgres" | "mysql"
  admin(text: string): Promise<unknown>
  /** A pool of a new user with these rights, and the URL of the store that is the user's. */
  as(rights: string, table: string): Promise<{ readonly database: SqlDatabase; readonly url: string }>
  /** What has to be granted, and on what, to make a table, or an index of this one. */
  readonly making: readonly [table: (table: string) => string, index: (table: string) => string]
}

function rightsLaws({ dialect, admin, as, making }: Stage, clearing: string): void {
  async function made(): Promise<string> {
    const table = newTable()
    for (const text of migrationSql(dialect, { table }).split(";\n")) if (text.trim()) await admin(text)
    return table
  }
  const withRights = async (rights: string, table: string): Promise<SqlStore> =>
    sqlStore((await as(rights, table)).database, { table })

  it("serves with SELECT, INSERT, UPDATE and DELETE on the table", async () => {
    const table = await made()
    const store = await withRights("SELECT, INSERT, UPDATE, DELETE", table)
    await store.migrate()
    const sessions = createSessions({ store })
    const session = await sessions.open({}).load()
    session.login("ada")
    session.data.n = 1
    await session.save()
    await session.update((data) => {
      data.n = 2
    })
    session.rotate()
    await sessions.commit(session)
    expect(await sessions.list("ada")).toHaveLength(1)
    expect(await sessions.revokeUser("ada")).toBe(1)
    expect(await sessions.clearExpired()).toBe(0)
  })

  it("is enough for every command but one that makes something", async () => {
    const table = await made()
    const { url: store } = await as("SELECT, INSERT, UPDATE, DELETE", table)
    const [id = ""] = await signIn(store, "ada", "bob")
    const commands = [
      ["doctor"],
      ["migrate"],
      ["list", "--user", "ada"],
      ["show", id],
      ["clear-expired"],
      ["revoke", id],
      ["revoke", "--user", "bob"],
      ["revoke", "--all", "--yes"],
    ]
    for (const args of commands)
      expect([args, await holdfast(args, { store })]).toMatchObject([args, { code: 0 }])
  })

  it("makes a table and an index with little more", async () => {
    const table = await made()
    const user = await as("SELECT, INSERT, UPDATE, DELETE", table)
    const role = new URL(user.url).username
    const another = newTable()
    await admin(`GRANT ${making[0](another)} TO ${role}`)
    await sqlStore(user.database, { table: another }).migrate()
    await admin(
      dialect === "postgres"
        ? `DROP INDEX ${another}_user_id`
        : `DROP INDEX ${another}_user_id ON ${another}`,
    )
    if (making[1](another)) await admin(`GRANT ${making[1](another)} TO ${role}`)
    await sqlStore(user.database, { table: another }).migrate()
  })

  it(`clears with ${clearing}`, async () => {
    const table = await made()
    await admin(`INSERT INTO ${table} VALUES ('a', NULL, '', 1, 1)`)
    const store = await withRights(clearing, table)
    expect(await store.clearExpired()).toBe(1)
  })

  it("lists, and migrates a table that is right, with SELECT alone", async () => {
    const table = await made()
    const store = await withRights("SELECT", table)
    await store.migrate()
    expect(await store.listByUser("ada")).toEqual([])
    expect(await store.read("ada")).toBeUndefined()
  })

  it("says what to run, and as whom, where something has to be made", async () => {
    const table = await made()
    const index = `${table}_user_id`
    await admin(dialect === "postgres" ? `DROP INDEX ${index}` : `DROP INDEX ${index} ON ${table}`)
    const store = await withRights("SELECT, INSERT, UPDATE, DELETE", table)
    await expect(store.migrate()).rejects.toThrow(
      new RegExp(`Whoever may make tables there has to run: .*\\b${index}\\b`),
    )
    const other = sqlStore((await as("SELECT", table)).database, { table: newTable() })
    await expect(other.migrate()).rejects.toThrow(/has to run: CREATE TABLE/)
  })
}

describeStore("postgres", ({ postgres: connectionString }) => {
  const root = new pg.Pool({ connectionString })
  const pools = [root]
  afterAll(() => Promise.all(pools.map((pool) => pool.end())))
  const stage: Stage = {
    dialect: "postgres",
    admin: (text) => root.query(text),
    async as(rights, table) {
      const user = newTable()
      await root.query(`REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE ${user} LOGIN`)
      await root.query(`GRANT ${rights} ON ${table} TO ${user}`)
      const pool = new pg.Pool({ connectionString: connectionString.replace("postgres@", `${user}@`) })
      pools.push(pool)
      return { database: pool, url: `${pool.options.connectionString}?table=${table}` }
    },
    making: [() => "CREATE ON SCHEMA public", () => ""],
  }
  describe("a role of PostgreSQL", () => rightsLaws(stage, "SELECT, UPDATE, DELETE"))
})

describeStore("mariadb", ({ mariadb: uri }) => {
  const root = createPool({ uri })
  const pools = [root]
  afterAll(() => Promise.all(pools.map((pool) => pool.promise().end())))
  const stage: Stage = {
    dialect: "mysql",
    admin: (text) => root.promise().query(text),
    async as(rights, table) {
      const user = newTable()
      await root.promise().query(`CREATE USER ${user}`)
      await root.promise().query(`GRANT ${rights} ON ${table} TO ${user}`)
      const url = uri.replace("root@", `${user}@`)
      const pool = createPool({ uri: url })
      pools.push(pool)
      return { database: pool, url: `${url}?table=${table}` }
    },
    making: [(table) => `CREATE, SELECT ON ${table}`, (table) => `ALTER, INDEX ON ${table}`],
  }
  describe("a user of MariaDB", () => rightsLaws(stage, "SELECT, DELETE"))
})
