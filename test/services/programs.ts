import { spawnSync } from "node:child_process"
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { installPackages, installProject } from "./install.ts"
import { findProgram } from "./server.ts"

/** What tests may need of a machine beside Node. */
export type ProgramName =
  | "postgres"
  | "pgbouncer"
  | "mariadb"
  | "redis"
  | "memcached"
  | "nginx"
  | "chromium"
  | "django"
  | "better-sqlite3"
  | "libsql"
  | "bindfs"
  | "runtimes"

interface Program {
  /** Its path, when it is on this machine. */
  readonly find: () => string | undefined
  /** `false` when it can't be installed here. */
  readonly install: () => boolean
  /** The command that a person types to have it. */
  readonly command: string
}

const PROGRAMS: Readonly<Record<ProgramName, Program>> = {
  // PostgreSQL answers each connection by a process of its own, which the tests find with pgrep.
  postgres: debian(() => findProgram("initdb", ...postgresPlaces()), "postgresql", "procps"),
  pgbouncer: debian(() => findProgram("pgbouncer", "/usr/sbin"), "pgbouncer"),
  mariadb: debian(() => findProgram("mariadbd", "/usr/sbin"), "mariadb-server", "procps"),
  redis: debian(() => findProgram("valkey-server") ?? findProgram("redis-server"), "redis-server", "procps"),
  memcached: debian(() => findProgram("memcached"), "memcached", "procps"),
  nginx: debian(() => findProgram("nginx", "/usr/sbin"), "nginx", "procps"),
  chromium: debian(() => findProgram("chromium", "/usr/bin"), "chromium"),
  django: debian(
    findDjango,
    "python3-django",
    "python3-django-redis",
    "python3-pymemcache",
    "python3-psycopg2",
    "python3-mysqldb",
  ),
  "better-sqlite3": npm("addons"),
  libsql: npm("addons"),
  bindfs: debian(() => findProgram("bindfs"), "bindfs"),
  runtimes: npm("runtimes"),
}

/** The path of a program on this machine. */
export function find(name: ProgramName): string | undefined {
  return PROGRAMS[name].find()
}

/** The path of a program, installed if need be; `undefined` when it can't be had. Not for workers of the tests: several would install at once. */
export function ensure(name: ProgramName): string | undefined {
  const { find, install } = PROGRAMS[name]
  return find() ?? (install() ? find() : undefined)
}

/** The command that a person types to have a program. */
export function commandFor(name: ProgramName): string {
  return PROGRAMS[name].command
}

function debian(find: () => string | undefined, ...packages: readonly string[]): Program {
  return {
    find,
    install: () => installPackages(...packages),
    command: `apt-get install ${packages.join(" ")}`,
  }
}

/** A project of `test/` with a lock file of its own. */
function npm(name: string): Program {
  const directory = join(import.meta.dirname, "..", name)
  const writtenAt = (file: string): number =>
    statSync(join(directory, file), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const isInstalled = (): boolean =>
    writtenAt("node_modules/.package-lock.json") >= writtenAt("package-lock.json")
  return {
    find: () => (isInstalled() ? directory : undefined),
    install: () => installProject(directory),
    command: `npm ci --prefix test/${name}`,
  }
}

/** Debian keeps PostgreSQL's programs out of `PATH`, a directory for each version. The newest comes first. */
function postgresPlaces(): string[] {
  const root = "/usr/lib/postgresql"
  if (!statSync(root, { throwIfNoEntry: false })) return []
  const newestFirst = readdirSync(root).sort((a, b) => Number(b) - Number(a))
  return newestFirst.map((version) => join(root, version, "bin"))
}

/** Debian's Python, if it has all that the tests' site needs. */
function findDjango(): string | undefined {
  const python = findProgram("python3", "/usr/bin")
  const imports = "import django, django_redis, pymemcache, psycopg2, MySQLdb"
  return python && spawnSync(python, ["-c", imports]).status === 0 ? python : undefined
}
