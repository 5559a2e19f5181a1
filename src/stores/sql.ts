import type { CompiledQuery, Kysely } from "kysely"
import type { Store, UserIndex } from "../core/store.ts"

/** The table of sessions. Column names are the same in every database. */
export interface SessionTable {
  id: string
  user_id: string | null
  payload: string
  /** Epoch milliseconds. */
  expires_at: number
  /** Counts the writes, from a random start, so that a row made anew is never mistaken for the old one. */
  version: number
}

/** How sessions lie in the database. */
export interface SqlStoreOptions {
  /** The table's name. @default "holdfast_sessions" */
  readonly table?: string
}

/**
 * Keeps sessions in a table of a SQL database, through the Kysely instance given. The table must be there.
 * Every statement is compiled once.
 */
export function sqlStore(
  db: Kysely<Record<string, SessionTable>>,
  { table = "holdfast_sessions" }: SqlStoreOptions = {},
): Store & UserIndex {
  // The values only mark the parameters' places; each call brings its own, in the order of the text.
  const live = db.selectFrom(table).where("expires_at", ">", 0)
  const read = live.selectAll().where("id", "=", "").compile()
  const list = live.selectAll().where("user_id", "=", "").compile()
  const insert = db
    .insertInto(table)
    .values({ id: "", user_id: "", payload: "", expires_at: 0, version: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .compile()
  const update = db
    .updateTable(table)
    .set({ user_id: "", payload: "", expires_at: 0, version: 0 })
    .where("id", "=", "")
    .where("version", "=", 0)
    .where("expires_at", ">", 0)
    .compile()
  const move = db
    .updateTable(table)
    .set({ expires_at: 0 })
    .where("id", "=", "")
    .where("expires_at", ">", 0)
    .compile()
  const remove = db.deleteFrom(table).where("id", "=", "").where("expires_at", ">", 0).compile()
  const removeByUser = db
    .deleteFrom(table)
    .where("user_id", "=", "")
    .where("id", "<>", "")
    .where("expires_at", ">", 0)
    .compile()
  const sweep = db
    .deleteFrom(table)
    .where("id", "in", db.selectFrom(table).select("id").where("expires_at", "<=", 0).limit(0))
    .compile()

  async function rows(query: CompiledQuery<SessionTable>, ...parameters: unknown[]): Promise<SessionTable[]> {
    return (await db.executeQuery<SessionTable>({ ...query, parameters })).rows
  }

  /** Runs a statement and gives the number of rows it wrote. */
  async function write(query: CompiledQuery<unknown>, ...parameters: unknown[]): Promise<number> {
    return Number((await db.executeQuery({ ...query, parameters })).numAffectedRows ?? 0)
  }

  return {
    async read(id) {
      const [row] = await rows(read, Date.now(), id)
      return row && { record: recordOf(row), version: Number(row.version) }
    },
    async create({ id, userId, payload, expiresAt }) {
      const version = Math.floor(Math.random() * 2 ** 48)
      return (await write(insert, id, userId, payload, expiresAt, version)) ? version : undefined
    },
    async replace({ id, userId, payload, expiresAt }, version) {
      const next = Number(version) + 1
      const written = await write(update, userId, payload, expiresAt, next, id, version, Date.now())
      return written ? next : undefined
    },
    touch: async (id, expiresAt) => (await write(move, expiresAt, id, Date.now())) > 0,
    delete: async (id) => (await write(remove, id, Date.now())) > 0,
    async clearExpired({ batchSize = 1000, onProgress, signal } = {}) {
      const now = Date.now()
      let removed = 0
      while (!signal?.aborted) {
        const batch = await write(sweep, now, batchSize)
        removed += batch
        onProgress?.(removed)
        if (batch < batchSize) break
        await new Promise((resolve) => setTimeout(resolve, 1)) // lets waiting readers and writers in
      }
      return removed
    },
    listByUser: async (userId) => (await rows(list, Date.now(), userId)).map(recordOf),
    deleteByUser: (userId, exceptId = "") => write(removeByUser, userId, exceptId, Date.now()),
  }
}

function recordOf(row: SessionTable): {
  id: string
  userId: string | null
  payload: string
  expiresAt: number
} {
  return { id: row.id, userId: row.user_id, payload: row.payload, expiresAt: Number(row.expires_at) }
}
