import { createHash } from "node:crypto"
import { advised } from "./advice.ts"
import type { ConnectionOptions, Haste, SqlConnection } from "./connection.ts"
import type { PostgresPool } from "./database.ts"

/** Statements through a pool of `pg`, which closes the connection on which one failed. */
export function throughPostgres(pool: PostgresPool, { prepare, patience }: ConnectionOptions): SqlConnection {
  // The pool replaces an idle connection that breaks. Unless somebody listens, Node ends the process over it.
  if (pool.listenerCount("error") === 0) pool.on("error", () => {})
  const names = new Map<string, string>()

  /** The name that a connection keeps the prepared statement under; `undefined` for what is run once. */
  function nameOf(text: string, parameters: readonly unknown[]): string | undefined {
    if (!prepare || parameters.length === 0) return undefined
    let name = names.get(text)
    if (!name) {
      name = `holdfast ${createHash("sha256").update(text).digest("hex").slice(0, 32)}`
      names.set(text, name)
    }
    return name
  }

  function query(
    text: string,
    parameters: readonly unknown[],
    haste: Haste = "request",
    rowMode?: "array",
  ): ReturnType<PostgresPool["query"]> {
    const name = nameOf(text, parameters)
    const isHurried = patience !== undefined && haste === "request"
    const statement = {
      ...(name && { name }),
      ...(rowMode && { rowMode }),
      ...(isHurried && { query_timeout: patience }),
      text,
      values: [...parameters],
    }
    return pool.query(statement).catch(fail)
  }

  return {
    dialect: "postgres",
    rows: async <R>(text: string, parameters: readonly unknown[], haste?: Haste) =>
      (await query(text, parameters, haste)).rows as R[],
    row: async (text, parameters) =>
      (await query(text, parameters, "request", "array")).rows[0] as unknown[] | undefined,
    write: async (text, parameters, haste) => (await query(text, parameters, haste)).rowCount ?? 0,
  }
}

function fail(error: unknown): never {
  throw advised(error)
}
