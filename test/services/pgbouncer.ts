import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { isPostgresReady } from "./postgres.ts"
import { find } from "./programs.ts"
import { ordinaryUser, type Server, startServer } from "./server.ts"

/**
 * Starts PgBouncer before a server of PostgreSQL. In transaction mode each statement outside of a transaction may run on another
 * connection; before version 1.21, and later with `max_prepared_statements = 0`, prepared statements get lost by that.
 */
export async function startPgbouncer(postgresUrl: string, mode: "transaction" | "session"): Promise<Server> {
  const command = find("pgbouncer")
  if (!command) throw new Error("PgBouncer is not installed")
  const { port: target } = new URL(postgresUrl)
  const url = (port: number): string => Object.assign(new URL(postgresUrl), { port }).href
  return startServer({
    name: "pgbouncer",
    command,
    user: ordinaryUser("postgres"),
    prepare(directory, port) {
      const lines = [
        "[databases]",
        `* = host=127.0.0.1 port=${target} user=postgres`,
        "[pgbouncer]",
        "listen_addr = 127.0.0.1",
        `listen_port = ${port}`,
        "unix_socket_dir =",
        "auth_type = any",
        `pool_mode = ${mode}`,
        "default_pool_size = 5",
      ]
      // As the older versions are, whichever this is.
      const isNewer = !/ 1\.(?:\d|1\d|20)\./.test(execFileSync(command, ["--version"], { encoding: "utf8" }))
      if (isNewer) lines.push("max_prepared_statements = 0")
      writeFileSync(join(directory, "pgbouncer.ini"), `${lines.join("\n")}\n`, { mode: 0o644 })
    },
    args: (_port, directory) => [join(directory, "pgbouncer.ini")],
    isReady: (port) => isPostgresReady(url(port)),
    url,
  })
}
