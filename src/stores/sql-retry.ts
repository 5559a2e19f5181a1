import type { SqlConnection } from "./sql-connection.ts"

/**
 * Writes again what the database undid to let another transaction through (deadlocks, serializable
 * isolation). That is safe, because nothing of it is left, and it asks every condition anew.
 */
export function retrying(connection: SqlConnection): SqlConnection {
  return {
    ...connection,
    write: (text, parameters) => again(() => connection.write(text, parameters), isUndone),
  }
}

/** Takes the step again while its error is worth it, five times in all. */
export async function again<T>(step: () => Promise<T>, isWorthIt: (error: unknown) => boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step()
    } catch (error) {
      if (attempt === 5 || !isWorthIt(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt))
    }
  }
}

function isUndone(error: unknown): boolean {
  const { code, errno } = error as { code?: unknown; errno?: unknown }
  return code === "40001" || code === "40P01" || errno === DEADLOCK || errno === RECORD_CHANGED
}

/** MySQL's ER_LOCK_DEADLOCK and MariaDB's ER_CHECKREAD. */
const DEADLOCK = 1213
const RECORD_CHANGED = 1020
