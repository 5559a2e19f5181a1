import { hash } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import { createPool, type RowDataPacket } from "mysql2/promise"
import pg from "pg"
import { type SqlStore, sqlStore } from "../src/stores/sql/index.ts"
import { payloadOf } from "./crowd.ts"
import { type Address, openAddress } from "./requests/address.ts"

export type DatabaseName = "PostgreSQL" | "MariaDB" | "SQLite"

/** A database whose server is running, in this process or another. */
export interface Connected {
  readonly store: SqlStore
  /** Runs a statement and gives its first column of its first row. */
  value(sql: string): Promise<unknown>
  close(): Promise<unknown>
}

/** Connects to the database at this address. */
export async function connect(name: DatabaseName, address: string): Promise<Connected> {
  if (name === "PostgreSQL") {
    const pool = new pg.Pool({ connectionString: address })
    return {
      store: sqlStore(pool),
      value: async (sql) => Object.values((await pool.query(sql)).rows[0] ?? {})[0],
      close: () => pool.end(),
    }
  }
  if (name === "MariaDB") {
    const pool = createPool({ uri: address })
    return {
      store: sqlStore(pool),
      value: async (sql) => Object.values((await pool.query<RowDataPacket[]>(sql))[0][0] ?? {})[0],
      close: () => pool.end(),
    }
  }
  const database = new DatabaseSync(address)
  // As sqliteStore has it.
  database.exec("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
  database.function("sha2", { deterministic: true }, (text) => hash("sha256", String(text)))
  return {
    store: sqlStore(database),
    value: async (sql) => Object.values(database.prepare(sql).get() ?? {})[0],
    close: async () => database.close(),
  }
}

/** Starts the database as people run it, with what it acknowledges on the disk. */
export function start(name: DatabaseName): Promise<Address> {
  return openAddress(STORE_NAMES[name])
}

const STORE_NAMES = { PostgreSQL: "postgres", MariaDB: "mariadb", SQLite: "sqlite" } as const

/**
 * Fills the table with rows of which every `step`th lives on, and the others are dead by now. To the first `signedIn` of the
 * living a user has signed in, `userOf(n)`.
 */
export async function fill(
  name: DatabaseName,
  { store, value }: Connected,
  { rows, step, signedIn }: { rows: number; step: number; signedIn: number },
): Promise<void> {
  await store.migrate()
  const now = Date.now()
  const user = name === "MariaDB" ? "concat('user-', n)" : "'user-' || n"
  const columns = (id: string, mod: string): string =>
    `${id}, CASE WHEN n <= ${signedIn * step} THEN ${user} END, '${payloadOf(now)}', CASE WHEN ${mod} = 0 THEN ${now} + 1209600000 + n ELSE ${now} - n END, n`
  const into = "INSERT INTO holdfast_sessions (id, user_id, payload, expires_at, version)"
  if (name === "PostgreSQL") {
    const id = "left(encode(sha256(n::text::bytea), 'hex'), 32)"
    await value(`${into} SELECT ${columns(id, `n % ${step}`)} FROM generate_series(1, ${rows}) AS n`)
    await value("ANALYZE holdfast_sessions")
  } else if (name === "MariaDB") {
    await value(
      `${into} SELECT ${columns("left(sha2(n, 256), 32)", `n % ${step}`)} FROM (SELECT seq AS n FROM seq_1_to_${rows}) AS s`,
    )
    await value("ANALYZE TABLE holdfast_sessions")
  } else {
    // Pages that are still to be filled would be written again and again if they had to leave the memory in between.
    await value(`PRAGMA cache_size = -${rows}`)
    const numbers = `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${rows})`
    await value(`${into} ${numbers} SELECT ${columns("substr(sha2(n), 1, 32)", `n % ${step}`)} FROM s`)
    await value("PRAGMA cache_size = -2000")
    await value("PRAGMA shrink_memory")
    await value("PRAGMA wal_checkpoint(TRUNCATE)")
    await value("ANALYZE")
  }
  const filled = Number(await value("SELECT count(*) FROM holdfast_sessions"))
  if (filled !== rows) throw new Error(`${name} took ${filled} of ${rows} rows`)
}
