import { DatabaseSync } from "node:sqlite"
import pg from "pg"
import type { SqlDatabase } from "../../../src/stores/sql/database.ts"

/** A database that both sides write to. */
export interface HammeredDatabase {
  readonly database: SqlDatabase
  /** As Django's `DATABASES` has it. */
  readonly django: Readonly<Record<string, unknown>>
  /** Statements that have the database itself keep an account of each write. */
  readonly account: readonly string[]
  close(): Promise<void>
}

/** The database at `postgres://…`, or else the SQLite file of that path. */
export function openDatabase(url: string): HammeredDatabase {
  return url.startsWith("postgres:") ? openPostgres(url) : openSqlite(url)
}

function openPostgres(url: string): HammeredDatabase {
  const { port, pathname, username } = new URL(url)
  const database = new pg.Pool({ connectionString: url, max: 2 })
  const ENGINE = "django.db.backends.postgresql"
  return {
    database,
    django: { ENGINE, NAME: pathname.slice(1), HOST: "127.0.0.1", PORT: port, USER: username },
    account: [
      "CREATE TABLE account (number bigserial PRIMARY KEY, old text, new text)",
      `CREATE FUNCTION account() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN INSERT INTO account (old, new) VALUES (OLD.session_data, NEW.session_data); RETURN NEW; END $$`,
      `CREATE TRIGGER account AFTER UPDATE OF session_data ON django_session
       FOR EACH ROW EXECUTE FUNCTION account()`,
    ],
    close: () => database.end(),
  }
}

function openSqlite(path: string): HammeredDatabase {
  const database = new DatabaseSync(path, { timeout: 20_000 })
  return {
    database,
    django: { ENGINE: "django.db.backends.sqlite3", NAME: path, OPTIONS: { timeout: 20 } },
    account: [
      "CREATE TABLE account (number INTEGER PRIMARY KEY, old TEXT, new TEXT)",
      `CREATE TRIGGER account AFTER UPDATE OF session_data ON django_session
       BEGIN INSERT INTO account (old, new) VALUES (OLD.session_data, NEW.session_data); END`,
    ],
    close: async () => database.close(),
  }
}
