import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { createSessions, type Store } from "../../src/index.ts"
import { type MemcachedClient, memcachedStore } from "../../src/stores/memcached/index.ts"
import { type SqlDatabase, sqlStore } from "../../src/stores/sql/index.ts"

type Data = Record<string, unknown>

/** Errors as servers and drivers give them. */
const REFUSALS: Record<string, object> = {
  "MySQL's limit of a packet": { errno: 1153, code: "ER_NET_PACKET_TOO_LARGE" },
  "MySQL's column": { errno: 1406, code: "ER_DATA_TOO_LONG" },
  "PostgreSQL's limits": { code: "54000" },
  "PostgreSQL's column": { code: "22001" },
  "better-sqlite3": { code: "SQLITE_TOOBIG" },
  "node:sqlite": { code: "ERR_SQLITE_ERROR", errcode: 18 },
}

describe("a session that is too large for its store is the application's mistake, and not the store's failure:", () => {
  it.each(Object.entries(REFUSALS))("%s", async (_name, facts) => {
    const failing = Object.assign(new Error("mysql://root:hunter2@db refused"), facts)
    const error = await refusalOf(sqlStore(postgresThat(failing)))
    expect(error).toMatchObject({ code: "ERR_SESSION_DATA", statusCode: 500, cause: { cause: failing } })
    expect(String(error)).not.toContain("hunter2")
  })

  it("node:sqlite, with a limit of its own", async () => {
    const database = new DatabaseSync(":memory:")
    const { limits } = database as { limits?: { length: number } }
    if (!limits) return // Node 22
    const store = sqlStore(database)
    await store.migrate()
    limits.length = 100_000
    expect(await refusalOf(store)).toMatchObject({ code: "ERR_SESSION_DATA" })
  })

  it("memcached, before it is sent, and where the server takes less than was said", async () => {
    const client: MemcachedClient = {
      send: async () => ({ code: "EN", flags: {}, value: undefined }),
      close: async () => {},
    }
    const error = await refusalOf(memcachedStore(client, { maxItemBytes: 1000 }))
    expect(error).toMatchObject({
      code: "ERR_SESSION_DATA",
      message: expect.stringMatching(/needs \d+ bytes.*1000 at most/),
    })
  })

  it("MySQL, where it breaks the connection instead of saying so", async () => {
    expect(await refusalOf(sqlStore(mysqlThatTakes(100_000)))).toMatchObject({ code: "ERR_SESSION_DATA" })
    expect(await refusalOf(sqlStore(mysqlThatTakes(10_000_000)))).toMatchObject({ code: "ERR_SESSION_STORE" })
  })

  it("and a failure stays one", async () => {
    const error = await refusalOf(sqlStore(postgresThat(Object.assign(new Error("gone"), { code: "57P01" }))))
    expect(error).toMatchObject({ code: "ERR_SESSION_STORE", statusCode: 503 })
  })
})

/** A pool of MySQL that breaks the connection. */
function mysqlThatTakes(packet: number): SqlDatabase {
  const run = ({ sql }: { sql: string }, answer: (error: unknown, rows?: unknown) => void): void => {
    if (sql.includes("autocommit")) answer(null, [[1]])
    else if (sql.includes("utc_timestamp")) answer(null, [{ now: Date.now() }])
    else if (sql.includes("max_allowed_packet")) answer(null, [{ most: packet }])
    else answer(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }))
  }
  const connection = { execute: run, query: run, release() {}, destroy() {} }
  const pool = {
    getConnection: (given: (error: null, one: unknown) => void) => given(null, connection),
    promise: () => {},
  }
  return pool as unknown as SqlDatabase
}

/** A database that refuses every write. */
function postgresThat(error: Error): SqlDatabase {
  return {
    totalCount: 0,
    connect: () => {},
    query: async ({ text }: { text: string }) => {
      if (/clock_timestamp/.test(text)) return { rows: [{ now: Date.now() }], rowCount: 1 }
      if (text.startsWith("select")) return { rows: [], rowCount: 0 }
      throw error
    },
    on: () => {},
    listenerCount: () => 1,
  } as unknown as SqlDatabase
}

async function refusalOf(store: Store): Promise<unknown> {
  const session = await createSessions<Data>({ store }).open({}).load()
  session.data.text = "x".repeat(200_000)
  return session.save().catch((error: unknown) => error)
}
