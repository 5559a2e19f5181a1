/** A database's error, with what to do about it where its own words leave that open. */
export function advised(error: unknown): unknown {
  const { message, code, errno } = Object(error) as { message?: string; code?: unknown; errno?: unknown }
  const advice = isLostStatement(error) ? PREPARE : isReadOnly(error) ? READ_ONLY : undefined
  if (!advice || !message || message.endsWith(advice)) return error
  return Object.assign(new Error(`${message.replace(/\.$/, "")}. ${advice}`, { cause: error }), {
    ...(code !== undefined && { code }),
    ...(errno !== undefined && { errno }),
  })
}

/** Whether the server takes no writes: a replica, a primary that was demoted, or one that was told so. Nothing was written then. */
export function isReadOnly(error: unknown): boolean {
  const { code, errno } = Object(error) as { code?: unknown; errno?: unknown }
  return code === "25006" || READ_ONLY_ERRORS.includes(errno)
}

/** Whether the server knows nothing of a prepared statement, or knows it already, or takes no more of them. */
export function isLostStatement(error: unknown): boolean {
  const { code, errno } = Object(error) as { code?: unknown; errno?: unknown }
  return code === "26000" || code === "42P05" || STATEMENT_ERRORS.includes(errno)
}

const PREPARE =
  "Where a pooler gives every statement another connection, as PgBouncer before 1.21 does, prepared statements get lost: add ?prepare=false to the store's URL, or give sqlStore(pool, { prepare: false })"

const READ_ONLY =
  "This server takes no writes: it is a replica, was demoted to one, or is set to read-only. The store needs the primary"

/** MySQL's ER_UNKNOWN_STMT_HANDLER and ER_MAX_PREPARED_STMT_COUNT_REACHED. */
const STATEMENT_ERRORS: readonly unknown[] = [1243, 1461]

/**
 * MySQL's ER_OPTION_PREVENTS_STATEMENT, which is also said of other options and is then as final,
 * ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION and ER_READ_ONLY_MODE.
 */
const READ_ONLY_ERRORS: readonly unknown[] = [1290, 1792, 1836]
