import { statSync } from "node:fs"
import type { DatabaseSync } from "node:sqlite"
import type { Store, UserIndex } from "../../core/store.ts"
import { absent } from "../backend.ts"
import type { SqliteDatabase } from "../sql/database.ts"
import { migrationSql, type TableOptions, tableName } from "../sql/schema.ts"
import { sqlStore } from "../sql/store.ts"
import { openToRead, openToWrite } from "./connection.ts"
import { keepReserve, openInReserve, type Reserve, reserveIn } from "./reserve.ts"
import { storeDatabase } from "./store-database.ts"

/** A store in a SQLite file, and the way to close the file. */
export interface SqliteStore extends Store, UserIndex {
  /** Closes the file. Calls that follow fail, but for `close` itself, which may be called again. */
  close(): Promise<void>
}

/** A SQLite file with a table of sessions. */
export interface SqliteFile {
  readonly store: SqliteStore
  /** The database, to be read. */
  reading(): SqliteDatabase
  /** The database, to be written. Rejects when the table is not there. */
  writing(): Promise<SqliteDatabase>
}

/** Opens the file for an application. Makes it, its table and its reserve where they are missing. */
export function makeFile(path: string, options: TableOptions): SqliteFile {
  const statements = `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${migrationSql("sqlite", options)}`
  const connection = openInReserve(path, () => openToWrite(path, statements))
  const reserve = path === ":memory:" ? undefined : keepReserve(connection, path)
  const { store, database } = use(connection, path, options, reserve)
  return { store, reading: () => database, writing: async () => database }
}

/**
 * Opens a file that is there for an operator, and makes nothing: to be read at first, and to be written once that is
 * asked for.
 */
export function findFile(path: string, options: TableOptions): SqliteFile {
  tableName(options)
  if (path !== ":memory:" && !statSync(path, { throwIfNoEntry: false }))
    throw absent(`There is no ${path}; the web application makes it, or holdfast migrate`)
  let used = use(openToRead(path), path, options)
  let writer: Promise<Used> | undefined

  async function openWriter(): Promise<Used> {
    const { store: reader } = used
    await reader.read("") // fails on a database without a table of sessions
    // Fails where nothing may be written.
    const connection = openInReserve(path, () => openToWrite(path, "BEGIN IMMEDIATE; ROLLBACK"))
    used = use(connection, path, options, reserveIn(connection, path))
    await reader.close()
    return used
  }

  function toWrite(): Promise<Used> {
    writer ??= openWriter()
    return writer
  }

  return {
    store: {
      read: (id) => used.store.read(id),
      listByUser: (userId) => used.store.listByUser(userId),
      create: async (record) => (await toWrite()).store.create(record),
      replace: async (record, version) => (await toWrite()).store.replace(record, version),
      touch: async (id, expiresAt, version) => (await toWrite()).store.touch(id, expiresAt, version),
      delete: async (id) => (await toWrite()).store.delete(id),
      clearExpired: async (how) => (await toWrite()).store.clearExpired(how),
      close: () => used.store.close(),
    },
    reading: () => used.database,
    writing: async () => (await toWrite()).database,
  }
}

/** A connection, and the store over it. */
interface Used {
  readonly store: SqliteStore
  readonly database: SqliteDatabase
}

function use(connection: DatabaseSync, path: string, options: TableOptions, reserve?: Reserve): Used {
  const database = storeDatabase(connection, path, reserve)
  const { migrate: _, ...store } = sqlStore(database, options)
  // `database.isOpen` is not there before Node 22.15.
  let isOpen = true
  return {
    database,
    store: {
      ...store,
      async close() {
        if (isOpen) connection.close()
        isOpen = false
      },
    },
  }
}
