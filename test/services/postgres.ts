import { execFileSync } from "node:child_process"
import { dirname, join } from "node:path"
import pg from "pg"
import { ensure } from "./programs.ts"
import { ordinaryUser, type Server, startServer } from "./server.ts"

/** Starts PostgreSQL with an empty database, open to this machine only. `durable`: what it acknowledged is on the disk. */
export async function startPostgres({ durable = false }: { durable?: boolean } = {}): Promise<Server> {
  const initdb = ensure("postgres")
  if (!initdb) throw new Error("PostgreSQL is not installed")
  const user = ordinaryUser("postgres")
  return startServer({
    name: "postgres",
    command: join(dirname(initdb), "postgres"),
    user,
    prepare(directory) {
      const options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
      execFileSync(initdb, ["--no-sync", ...options, join(directory, "data")], {
        cwd: directory,
        stdio: "ignore",
        ...user,
      })
    },
    args: (port, directory) => [
      "-D",
      join(directory, "data"),
      "-p",
      String(port),
      ...["listen_addresses=127.0.0.1", `unix_socket_directories=${directory}`].flatMap((set) => ["-c", set]),
      ...(durable ? [] : ["-c", "fsync=off", "-c", "synchronous_commit=off"]),
    ],
    isReady: (port) => isPostgresReady(postgresUrl(port)),
    url: postgresUrl,
  })
}

export function postgresUrl(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`
}

/** Whether a statement is answered. */
export async function isPostgresReady(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  client.on("error", () => {})
  try {
    await client.connect()
    await client.query("select 1")
    return true
  } finally {
    await client.end()
  }
}
