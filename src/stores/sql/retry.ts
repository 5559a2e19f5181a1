import { recordTooLarge } from "../../core/store.ts"
import { isReadOnly } from "./advice.ts"
import type { SqlConnection } from "./connection.ts"

/**
 * Runs again what the database undid to let another transaction through (deadlocks, serializable isolation). That is safe, because
 * nothing of it is left, and it asks every condition anew. So is, once, what a server refused that takes no writes: after a failover
 * the next connection may lead to the new primary. What is too large for the database is said to be.
 */
export function retrying(connection: SqlConnection): SqlConnection {
  return {
    dialect: connection.dialect,
    rows: (text, parameters, haste) => again(() => connection.rows(text, parameters, haste), isUndone),
    row(text, parameters) {
      const row = connection.row(text, parameters)
      // A row that is there already needs no waiting.
      if (!(row instanceof Promise)) return row
      return row.catch((error) => {
        if (!isUndone(error)) throw error
        return again(async () => connection.row(text, parameters), isUndone)
      })
    },
    async write(text, parameters, haste) {
      try {
        return await again(
          () => connection.write(text, parameters, haste),
          (error, attempt) => isUndone(error) || (attempt === 1 && isReadOnly(error)),
        )
      } catch (error) {
        if (isTooLarge(error) || (isBroken(error) && (await isAbovePacket(connection, parameters))))
          throw recordTooLarge("the database takes no statement or value of this size", error)
        throw error
      }
    },
  }
}

/** Takes the step again while its error is worth it, five times in all. */
async function again<T>(
  step: () => Promise<T>,
  isWorthIt: (error: unknown, attempt: number) => boolean,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step()
    } catch (error) {
      if (attempt === 5 || !isWorthIt(error, attempt)) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt))
    }
  }
}

/** Whether nothing is left of a statement, because of another transaction, or because the table was altered since it was prepared. */
function isUndone(error: unknown): boolean {
  const { code, errno, message } = error as { code?: unknown; errno?: unknown; message?: string }
  const isAltered = code === "0A000" && message?.includes("cached plan")
  return isAltered || code === "40001" || code === "40P01" || UNDONE.includes(errno)
}

/** Whether a database or its driver refuses a statement or a value for its size. */
function isTooLarge(error: unknown): boolean {
  const { code, errno, errcode } = Object(error) as { code?: unknown; errno?: unknown; errcode?: unknown }
  return TOO_LARGE.includes(code) || TOO_LARGE.includes(errno) || errcode === SQLITE_TOOBIG
}

function isBroken(error: unknown): boolean {
  return ["EPIPE", "ECONNRESET", "PROTOCOL_CONNECTION_LOST"].includes(
    String((Object(error) as { code?: unknown }).code),
  )
}

/** Whether MySQL takes no packet of this size: it breaks the connection at what is far larger than it takes, without a word. */
async function isAbovePacket(
  { dialect, rows }: SqlConnection,
  parameters: readonly unknown[],
): Promise<boolean> {
  if (dialect !== "mysql") return false
  const sizes = parameters.map((value) => (typeof value === "string" ? Buffer.byteLength(value) : 0))
  try {
    const [row] = await rows<{ most: unknown }>("SELECT @@max_allowed_packet AS most", [])
    return 2 * Math.max(...sizes) > Number(row?.most) // a literal has two digits for each byte
  } catch {
    return false
  }
}

/**
 * Of PostgreSQL program_limit_exceeded and string_data_right_truncation, of SQLite TOOBIG, of MySQL ER_NET_PACKET_TOO_LARGE and
 * ER_DATA_TOO_LONG.
 */
const TOO_LARGE: readonly unknown[] = ["54000", "22001", "SQLITE_TOOBIG", 1153, 1406]
/** As node:sqlite has it. */
const SQLITE_TOOBIG = 18

/** MySQL's ER_LOCK_DEADLOCK and ER_NEED_REPREPARE, MariaDB's ER_CHECKREAD. */
const UNDONE: readonly unknown[] = [1213, 1615, 1020]
