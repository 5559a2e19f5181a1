import { execFileSync } from "node:child_process"
import { dirname, join } from "node:path"
import pg from "pg"
import { ensure } from "./programs.ts"
import { ordinaryUser, type Server, startServer } from "./server.ts"

/**
 * Starts PostgreSQL with an empty database, open to this machine only. `durable`: what it acknowledged is on the disk. `set`: settings.
 * `replicaOf`: as a replica of that server, which follows it as it goes.
 */
export async function startPostgres({
  durable = false,
  set = [],
  replicaOf,
}: {
  durable?: boolean
  set?: readonly string[]
  replicaOf?: Pick<Server, "port">
} = {}): Promise<Server> {
  const initdb = ensure("postgres")
  if (!initdb) throw new Error("PostgreSQL is not installed")
  const user = ordinaryUser("postgres")
  const [program, options] = replicaOf
    ? [
        "pg_basebackup",
        [
          "-R",
          "-X",
          "stream",
          "-c",
          "fast",
          "-h",
          "127.0.0.1",
          "-U",
          "postgres",
          "-p",
          `${replicaOf.port}`,
          "-D",
        ],
      ]
    : ["initdb", ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]]
  return startServer({
    name: "postgres",
    command: join(dirname(initdb), "postgres"),
    user,
    prepare(directory) {
      const command = join(dirname(initdb), program as string)
      execFileSync(command, [...options, join(directory, "data")], {
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
      ...[
        "listen_addresses=127.0.0.1",
        `unix_socket_directories=${directory}`,
        ...(durable ? [] : ["fsync=off", "synchronous_commit=off"]),
        ...set,
      ].flatMap((setting) => ["-c", setting]),
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
