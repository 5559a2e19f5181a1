import { advised, isReadOnly } from "./advice.ts"
import type { ConnectionOptions, Haste, SqlConnection } from "./connection.ts"
import type { MysqlConnection, MysqlPool, MysqlStatement, SqlValue } from "./database.ts"
import { withLiterals } from "./literals.ts"

/**
 * Statements through a pool of `mysql2`. Each is committed, also on a connection with `autocommit = 0`. A connection to a server that
 * takes no writes any more, or does not answer, is closed.
 */
export function throughMysql(pool: MysqlPool, { prepare, patience }: ConnectionOptions): SqlConnection {
  /** Whether a connection commits by itself. It is asked once in its life, and each write's answer says it again. */
  const commits = new WeakMap<MysqlConnection, boolean>()

  async function run(
    text: string,
    parameters: readonly unknown[],
    haste: Haste = "request",
    rowsAsArray = false,
  ): Promise<unknown> {
    const isPrepared = prepare && parameters.length > 0
    const statement = isPrepared
      ? { sql: text, values: parameters as SqlValue[], rowsAsArray }
      : { sql: withLiterals(text, parameters), rowsAsArray }
    const connection = await connectionOf(pool)
    const ask = (method: "query" | "execute", statement: MysqlStatement): Promise<unknown> =>
      answerOf(connection, method, statement, haste === "request" ? patience : undefined)
    try {
      if (!commits.has(connection)) {
        const [row] = (await ask("query", { sql: "SELECT @@autocommit", rowsAsArray: true })) as unknown[][]
        commits.set(connection, Number(row?.[0]) === 1)
      }
      const answer = await ask(isPrepared ? "execute" : "query", statement)
      const { serverStatus } = answer as { serverStatus?: number }
      if (serverStatus !== undefined) commits.set(connection, (serverStatus & AUTOCOMMIT) !== 0)
      if (!commits.get(connection)) await ask("query", { sql: "COMMIT", rowsAsArray })
      connection.release()
      return answer
    } catch (error) {
      if (commits.get(connection) && !isReadOnly(error) && !isSilence(error)) connection.release()
      else connection.destroy()
      if (isSilence(error)) connection.stream?.destroy()
      throw advised(error)
    }
  }

  return {
    dialect: "mysql",
    rows: async <R>(text: string, parameters: readonly unknown[], haste?: Haste) =>
      (await run(text, parameters, haste)) as R[],
    row: async (text, parameters) => ((await run(text, parameters, "request", true)) as unknown[][])[0],
    write: async (text, parameters, haste) =>
      ((await run(text, parameters, haste)) as { affectedRows: number }).affectedRows,
  }
}

function connectionOf(pool: MysqlPool): Promise<MysqlConnection> {
  return new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)))
  })
}

/** What the server says; an error once it has been silent for `patience` milliseconds. */
function answerOf(
  connection: MysqlConnection,
  method: "query" | "execute",
  statement: MysqlStatement,
  patience: number | undefined,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = patience === undefined ? undefined : setTimeout(() => reject(silence(patience)), patience)
    connection[method](statement, (error, answer) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve(answer)
    })
  })
}

function silence(patience: number): Error {
  return Object.assign(new Error(`The server has not answered for ${patience / 1000} s`), { code: SILENCE })
}

function isSilence(error: unknown): boolean {
  return (error as { code?: unknown }).code === SILENCE
}

const SILENCE = "PROTOCOL_SEQUENCE_TIMEOUT"

/** MySQL's SERVER_STATUS_AUTOCOMMIT. */
const AUTOCOMMIT = 2
