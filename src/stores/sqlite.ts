import { DatabaseSync, type SQLInputValue } from "node:sqlite"
import { Kysely, SqliteDialect } from "kysely"
import type { Store, UserIndex } from "../core/store.ts"
import { type SessionTable, type SqlStoreOptions, sqlStore } from "./sql.ts"

/** A store in a SQLite file, and the way to close the file. */
export interface SqliteStore extends Store, UserIndex {
  /** Closes the file. Calls that follow fail. */
  close(): Promise<void>
}

/**
 * Keeps sessions in a SQLite file with what Node brings along: nothing to install, nothing to run. Creates
 * the file and its table. Several processes of one machine may share the file (write-ahead log).
 *
 * A write survives the death of the process; the last ones may be lost when the machine loses power.
 *
 * @param path The file, or ":memory:".
 * @example
 * createSessions({ store: sqliteStore("./sessions.db") })
 */
export function sqliteStore(path: string, options: SqlStoreOptions = {}): SqliteStore {
  const table = options.table ?? "holdfast_sessions"
  const database = new DatabaseSync(path)
  const named = `"${table.replaceAll('"', '""')}"`
  database.exec(`
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS ${named} (
      id TEXT PRIMARY KEY, user_id TEXT, payload TEXT NOT NULL, expires_at INTEGER NOT NULL, version INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS "${table}_expires_at" ON ${named} (expires_at);
    CREATE INDEX IF NOT EXISTS "${table}_user_id" ON ${named} (user_id) WHERE user_id IS NOT NULL;
  `)
  const dialect = new SqliteDialect({ database: withKeptStatements(database) })
  const db = new Kysely<Record<string, SessionTable>>({ dialect })
  return {
    ...sqlStore(db, { table }),
    async close() {
      if (database.isOpen) database.close()
    },
  }
}

/** The database as Kysely's SQLite dialect wants it, preparing each statement once. */
function withKeptStatements(
  database: DatabaseSync,
): ConstructorParameters<typeof SqliteDialect>[0]["database"] {
  const statements = new Map<string, ReturnType<typeof statement>>()
  function statement(text: string) {
    const prepared = database.prepare(text)
    return {
      reader: /^\s*(?:select|with|pragma)\b/i.test(text),
      all: (parameters: readonly unknown[]) => prepared.all(...(parameters as SQLInputValue[])),
      run: (parameters: readonly unknown[]) => prepared.run(...(parameters as SQLInputValue[])),
      iterate: (parameters: readonly unknown[]) => prepared.iterate(...(parameters as SQLInputValue[])),
    }
  }
  return {
    close: () => database.close(),
    prepare(text) {
      let kept = statements.get(text)
      if (!kept) {
        kept = statement(text)
        statements.set(text, kept)
      }
      return kept
    },
  }
}
