import { createPool, type Pool } from "mysql2/promise"
import pg from "pg"
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest"
import type { Finding } from "../../src/stores/backend.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { holdfast } from "../laws/cli-run.ts"
import { startMariadb } from "../services/mariadb.ts"
import { startPostgres } from "../services/postgres.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"

/** A state that a server can get into, and what doctor has to say of it. */
interface State {
  readonly name: string
  /** Run by the administrator, with the application's database chosen. */
  readonly make?: readonly string[]
  /** The database in the URL, where it is another one than usual, and its parameters. */
  readonly database?: string
  readonly query?: string
  readonly user?: string
  /** The finding's name, its value, and its problem or remark. */
  readonly finding: string
  readonly value: RegExp
  readonly problem?: RegExp
  readonly remark?: RegExp
  /** Brings the server back. */
  readonly undo?: readonly string[]
}

/** What doctor finds; the text it prints is in order too. */
async function findingsOf(store: string): Promise<readonly Finding[]> {
  const { stdout } = await holdfast(["doctor", "--json"], { store })
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  for (const { name, value, problem } of findings) {
    expect(name.length).toBeLessThan(12)
    expect(`${value}\n${problem}`).not.toMatch(/undefined\n|NaN|null|\[object|\.\.|\s\.|\.$/)
  }
  return findings
}

function states(
  cases: readonly State[],
  urlOf: (state: State) => string,
  run: (text: string) => Promise<unknown>,
): void {
  it.each(cases)("$name", async (state) => {
    const { make = [], undo = [], finding, value, problem, remark } = state
    for (const text of make) await run(text)
    try {
      const found = await findingsOf(urlOf(state))
      const shown = JSON.stringify(found, undefined, 1)
      const one = found.find(({ name }) => name === finding)
      expect(one?.value, shown).toMatch(value)
      if (problem) expect(one?.problem, shown).toMatch(problem)
      else expect(one?.problem, shown).toBeUndefined()
      if (remark) expect(one?.remark, shown).toMatch(remark)
    } finally {
      for (const text of undo) await run(text)
    }
  })
}

const T = "holdfast_sessions"

const POSTGRES: readonly State[] = [
  { name: "a good server", finding: "table", value: /^holdfast_sessions$/ },
  {
    name: "an old collation",
    make: [`ALTER TABLE ${T} ALTER user_id TYPE varchar(255) COLLATE "en-x-icu"`],
    finding: "table",
    value: /holdfast/,
    problem: /user_id is .*en-x-icu.*ALTER TABLE "holdfast_sessions" ALTER COLUMN/,
    undo: [`ALTER TABLE ${T} ALTER user_id TYPE varchar(255) COLLATE "C"`],
  },
  {
    name: "an index that is missing",
    make: [`DROP INDEX ${T}_user_id`],
    finding: "table",
    value: /holdfast/,
    problem: /no index on user_id.* CREATE INDEX/,
    undo: [`CREATE INDEX ${T}_user_id ON ${T} (user_id)`],
  },
  {
    name: "an index that is not valid",
    make: [
      `CREATE INDEX broken ON ${T} (version)`,
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass",
    ],
    finding: "table",
    value: /holdfast/,
    problem: /uses the index broken/,
    undo: ["DROP INDEX broken"],
  },
  {
    name: "no table",
    query: "table=nowhere",
    finding: "table",
    value: /^nowhere$/,
    problem: /missing\. Run: holdfast migrate/,
  },
  {
    name: "an unlogged table",
    make: [`ALTER TABLE ${T} SET UNLOGGED`],
    finding: "storage",
    value: /unlogged/,
    problem: /SET LOGGED/,
    undo: [`ALTER TABLE ${T} SET LOGGED`],
  },
  {
    name: "autovacuum off for the table",
    make: [`ALTER TABLE ${T} SET (autovacuum_enabled = false)`],
    finding: "rows",
    value: /old versions/,
    problem: /RESET \(autovacuum_enabled\)/,
    undo: [`ALTER TABLE ${T} RESET (autovacuum_enabled)`],
  },
  {
    name: "autovacuum off",
    make: ["ALTER SYSTEM SET autovacuum = off", "SELECT pg_reload_conf()", "SELECT pg_sleep(0.3)"],
    finding: "autovacuum",
    value: /off/,
    problem: /autovacuum = on/,
    undo: ["ALTER SYSTEM RESET autovacuum", "SELECT pg_reload_conf()"],
  },
  {
    name: "more old versions than rows",
    make: [
      `INSERT INTO ${T} SELECT 'b' || n, NULL, '', 1e14, 1 FROM generate_series(1, 15000) n`,
      `UPDATE ${T} SET version = 2`,
      `DELETE FROM ${T}`,
      "SELECT pg_stat_force_next_flush()",
      "SELECT pg_sleep(0.5)",
    ],
    finding: "rows",
    value: /^[23]\d,\d{3} old versions beside 0 rows/,
    problem: /VACUUM "holdfast_sessions"/,
    undo: [`TRUNCATE ${T}`],
  },
  {
    name: "more dead than living",
    make: [`INSERT INTO ${T} SELECT 'd' || n, NULL, '', n, 1 FROM generate_series(1, 10001) n`],
    finding: "sessions",
    value: /0 live, 10,001 dead/,
    problem: /clear-expired/,
    undo: [`TRUNCATE ${T}`],
  },
  {
    name: "a database of another encoding",
    database: "latin",
    finding: "encoding",
    value: /LATIN1/,
    problem: /ENCODING 'UTF8'/,
  },
  {
    name: "a database of no encoding",
    database: "ascii",
    finding: "encoding",
    value: /SQL_ASCII/,
    problem: /ENCODING 'UTF8'/,
  },
  {
    name: "a role that only reads by default",
    user: "reader",
    finding: "role",
    value: /read-only/,
    problem: /default_transaction_read_only/,
  },
  {
    name: "a role without rights",
    user: "guest",
    finding: "rights",
    value: /guest has no INSERT, UPDATE, DELETE/,
    problem: /GRANT INSERT, UPDATE, DELETE ON "holdfast_sessions" TO guest/,
  },
  {
    name: "rows that a policy hides",
    user: "hidden",
    make: [`ALTER TABLE ${T} ENABLE ROW LEVEL SECURITY`],
    finding: "security",
    value: /row-level/,
    problem: /BYPASSRLS/,
    undo: [`ALTER TABLE ${T} DISABLE ROW LEVEL SECURITY`],
  },
  {
    name: "short timeouts",
    user: "hasty",
    finding: "timeouts",
    value: /statement_timeout = 500 ms, lock_timeout = 2000 ms/,
    problem: /Raise it/,
  },
  {
    name: "commits that do not wait",
    make: ["ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()", "SELECT pg_sleep(0.3)"],
    finding: "durability",
    value: /synchronous_commit = off/,
    remark: /crash may undo the last logins/,
    undo: ["ALTER SYSTEM RESET synchronous_commit", "SELECT pg_reload_conf()"],
  },
]

describeServer("postgres", "doctor on PostgreSQL, where there is", () => {
  let server: Server
  let root: pg.Client
  beforeAll(async () => {
    server = await startPostgres({ durable: true, set: ["max_connections=15", "autovacuum_naptime=3600"] })
    root = new pg.Client(server.url)
    await root.connect()
    const store = await storeFromUrl(server.url)
    await store.migrate()
    await store.close()
    const encodings = { latin: "LATIN1", ascii: "SQL_ASCII" }
    for (const [name, encoding] of Object.entries(encodings))
      await root.query(
        `CREATE DATABASE ${name} ENCODING '${encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`,
      )
    for (const user of ["reader", "guest", "hidden", "hasty"])
      await root.query(
        `CREATE ROLE ${user} LOGIN; GRANT ${user === "guest" ? "SELECT" : "ALL"} ON ${T} TO ${user}`,
      )
    await root.query("ALTER ROLE reader SET default_transaction_read_only = on")
    await root.query("ALTER ROLE hasty SET statement_timeout = 500; ALTER ROLE hasty SET lock_timeout = 2000")
  })
  afterAll(async () => {
    await root.end()
    await server.close()
  })

  const urlOf = ({ database = "postgres", query = "", user = "postgres" }: State): string =>
    `postgres://${user}@127.0.0.1:${server.port}/${database}?${query}`
  states(POSTGRES, urlOf, (text) => root.query(text))

  it("hardly a connection left", async () => {
    const crowd = Array.from({ length: 9 }, () => new pg.Client(server.url))
    try {
      await Promise.all(crowd.map((client) => client.connect()))
      const found = await findingsOf(server.url)
      const one = found.find(({ name }) => name === "connections")
      expect(one).toMatchObject({
        value: expect.stringMatching(/^1[12] of 12$/),
        problem: expect.stringContaining("max_connections"),
      })
    } finally {
      await Promise.all(crowd.map((client) => client.end()))
    }
  })

  it("a replica", async () => {
    const replica = await startPostgres({ replicaOf: server })
    try {
      const found = await findingsOf(replica.url)
      const role = found.find(({ name }) => name === "role")
      expect(role).toMatchObject({ value: "replica", problem: expect.stringContaining("primary's address") })
      expect(found.find(({ name }) => name === "trial")?.value).toContain("left out")
    } finally {
      await replica.close()
    }
  })
})

const MYSQL: readonly State[] = [
  { name: "a good server", finding: "table", value: /^holdfast_sessions$/ },
  {
    name: "a table converted to another collation",
    make: [`ALTER TABLE ${T} CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`],
    finding: "table",
    value: /holdfast/,
    problem: /user_id is .*utf8mb4_unicode_ci.*ALTER TABLE `holdfast_sessions` MODIFY/,
    undo: [`DROP TABLE ${T}`],
  },
  {
    name: "MyISAM",
    make: [`ALTER TABLE ${T} ENGINE = MyISAM`],
    finding: "table",
    value: /holdfast/,
    problem: /engine is MyISAM/,
    undo: [`DROP TABLE ${T}`],
  },
  {
    name: "an index that is missing",
    make: [`ALTER TABLE ${T} DROP INDEX ${T}_expires_at`],
    finding: "table",
    value: /holdfast/,
    problem: /no index on expires_at/,
    undo: [`DROP TABLE ${T}`],
  },
  {
    name: "no table",
    query: "table=nowhere",
    finding: "table",
    value: /^nowhere$/,
    problem: /missing\. Run: holdfast migrate/,
  },
  {
    name: "a server that is read-only",
    make: ["SET GLOBAL read_only = 1"],
    finding: "role",
    value: /^read_only$/,
    problem: /read-only, as replicas are/,
    undo: ["SET GLOBAL read_only = 0"],
  },
  {
    name: "transactions that only read",
    make: ["SET GLOBAL tx_read_only = 1"],
    finding: "role",
    value: /^tx_read_only$/,
    problem: /read-only/,
    undo: ["SET GLOBAL tx_read_only = 0"],
  },
  {
    name: "packets too small",
    make: ["SET GLOBAL max_allowed_packet = 524288"],
    finding: "packets",
    value: /524,288 bytes/,
    problem: /max_allowed_packet = 16M/,
    undo: ["SET GLOBAL max_allowed_packet = 16777216"],
  },
  {
    name: "another character set",
    query: "charset=latin1",
    finding: "characters",
    value: /latin1/,
    problem: /question marks/,
  },
  {
    name: "commits that do not wait",
    make: ["SET GLOBAL innodb_flush_log_at_trx_commit = 2"],
    finding: "durability",
    value: /= 2$/,
    remark: /crash of the machine may undo/,
    undo: ["SET GLOBAL innodb_flush_log_at_trx_commit = 1"],
  },
  {
    name: "autocommit off",
    make: ["SET GLOBAL autocommit = 0"],
    finding: "autocommit",
    value: /off, so that the store sends a COMMIT/,
    undo: ["SET GLOBAL autocommit = 1"],
  },
  {
    name: "modes of SQL",
    make: ["SET GLOBAL sql_mode = 'ANSI_QUOTES'"],
    finding: "sql_mode",
    value: /ANSI_QUOTES/,
    undo: ["SET GLOBAL sql_mode = DEFAULT"],
  },
  {
    name: "short timeouts",
    make: ["SET GLOBAL max_statement_time = 0.5"],
    finding: "timeouts",
    value: /500 ms/,
    problem: /Raise max_statement_time/,
    undo: ["SET GLOBAL max_statement_time = 0"],
  },
  {
    name: "more dead than living",
    make: [`INSERT INTO ${T} SELECT concat('d', seq), NULL, '', seq, 1 FROM seq_1_to_10001`],
    finding: "sessions",
    value: /0 live, 10,001 dead/,
    problem: /clear-expired/,
    undo: [`DROP TABLE ${T}`],
  },
]

describeServer("mariadb", "doctor on MariaDB, where there is", () => {
  let server: Server
  let root: Pool
  beforeAll(async () => {
    server = await startMariadb({ durable: true })
    root = createPool({ uri: server.url, connectionLimit: 1 })
  })
  beforeEach(async () => {
    const store = await storeFromUrl(server.url)
    await store.migrate()
    await store.close()
  })
  afterAll(async () => {
    await root.end()
    await server.close()
  })

  states(
    MYSQL,
    ({ query = "" }) => `${server.url}?${query}`,
    (text) => root.query(text),
  )

  it("a single connection left", async () => {
    const crowd = Array.from({ length: 8 }, () => createPool({ uri: server.url }))
    try {
      await Promise.all(crowd.map((pool) => pool.query("SELECT 1")))
      await root.query("SET GLOBAL max_connections = 10")
      const found = await findingsOf(server.url)
      const one = found.find(({ name }) => name === "connections")
      expect(one).toMatchObject({ value: "10 of 10", problem: expect.stringContaining("max_connections") })
    } finally {
      await root.query("SET GLOBAL max_connections = 151")
      await Promise.all(crowd.map((pool) => pool.end()))
    }
  })
})
