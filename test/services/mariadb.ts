import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { createConnection } from "mysql2/promise"
import { ensureProgram } from "./install.ts"
import { ordinaryUser, type Server, startServer } from "./server.ts"

/** The server and the program that prepares its directory; `undefined` when they can't be had. */
export function mariadbPrograms(): { server: string; prepare: string } | undefined {
  const places = (): string[] => ["/usr/sbin", "/usr/bin"]
  const server = ensureProgram("mariadbd", "mariadb-server", places)
  const prepare = ensureProgram("mariadb-install-db", "mariadb-server", places)
  return server && prepare ? { server, prepare } : undefined
}

/**
 * Starts MariaDB with an empty database, open to this machine only. `durable`: what it acknowledged is on the
 * disk. `args`: further arguments of the command line.
 */
export async function startMariadb({
  durable = false,
  args = [],
}: {
  durable?: boolean
  args?: readonly string[]
} = {}): Promise<Server> {
  const programs = mariadbPrograms()
  if (!programs) throw new Error("MariaDB is not installed")
  const user = ordinaryUser("mysql")
  return startServer({
    name: "mariadb",
    command: programs.server,
    user,
    prepare(directory) {
      const options = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
      execFileSync(programs.prepare, [...options, `--datadir=${join(directory, "data")}`], {
        cwd: directory,
        stdio: "ignore",
        ...user,
      })
      writeFileSync(join(directory, "start.sql"), `CREATE DATABASE IF NOT EXISTS ${DATABASE};\n`, {
        mode: 0o644,
      })
    },
    args: (port, directory) => [
      "--no-defaults",
      `--datadir=${join(directory, "data")}`,
      `--socket=${join(directory, "socket")}`,
      `--pid-file=${join(directory, "pid")}`,
      `--init-file=${join(directory, "start.sql")}`,
      "--bind-address=127.0.0.1",
      `--port=${port}`,
      `--innodb-flush-log-at-trx-commit=${durable ? 1 : 0}`,
      ...args,
    ],
    isReady: (port) => isMariadbReady(mariadbUrl(port)),
    url: mariadbUrl,
  })
}

export function mariadbUrl(port: number): string {
  return `mysql://root@127.0.0.1:${port}/${DATABASE}`
}

/** Whether a statement is answered. */
export async function isMariadbReady(url: string): Promise<boolean> {
  const connection = await createConnection({ uri: url, connectTimeout: 1000 })
  connection.on("error", () => {})
  try {
    await connection.query("select 1")
    return true
  } finally {
    connection.destroy()
  }
}

const DATABASE = "holdfast"
