import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { createConnection } from "mysql2/promise"
import { ensure } from "./programs.ts"
import { findProgram, ordinaryUser, type Server, startServer } from "./server.ts"

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
  const command = ensure("mariadb")
  const installer = findProgram("mariadb-install-db", "/usr/bin")
  if (!command || !installer) throw new Error("MariaDB is not installed")
  const user = ordinaryUser("mysql")
  return startServer({
    name: "mariadb",
    command,
    user,
    prepare(directory) {
      const options = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
      // Of its own, since each MariaDB that starts removes what others keep in a shared one.
      const places = [`--datadir=${join(directory, "data")}`, `--tmpdir=${directory}`]
      execFileSync(installer, [...options, ...places], {
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
      `--tmpdir=${directory}`,
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
