import type { Address, Open } from "../backend.ts"

/** What a URL scheme means and how its URLs read. */
export interface UrlScheme {
  /** One name for all schemes of a backend. */
  readonly kind: string
  /** What follows the colon, as a person writes it. */
  readonly form: string
  /** The parameters that the backend takes; others are the client's or a mistake. */
  readonly parameters?: readonly (keyof Address["options"])[]
  /** What the client calls the scheme; absent when it takes no URL. */
  readonly protocol?: string
  /** What the URL leads to: hosts, a file or directory, or nothing outside of the process. */
  readonly place: "host" | "hosts" | "host or parameter" | "path" | "process"
  /** The port when none is given. Hosts of a scheme without one have no port. */
  readonly port?: number
  /** Whether a user and a password may stand before the host. */
  readonly takesLogin?: true
  /** Whether something may follow the host, or must. Where this is not said, nothing may. */
  readonly path?: "may" | "must"
  /** Whether the client understands parameters of its own in the URL. */
  readonly passesParameters?: true
  /** Loads what opens the backend. */
  readonly load: () => Promise<{ readonly open: Open }>
}

const LOGIN = "//user:password@host:port"
const SQL = {
  form: `${LOGIN}/database`,
  parameters: ["table", "prepare"],
  place: "host",
  path: "may",
  takesLogin: true,
  passesParameters: true,
} as const
const POSTGRES: UrlScheme = {
  ...SQL,
  kind: "postgres",
  protocol: "postgres",
  place: "host or parameter", // ?host=/var/run/postgresql
  port: 5432,
  load: () => import("../sql/open-postgres.ts"),
}
const MYSQL: UrlScheme = {
  ...SQL,
  kind: "mysql",
  protocol: "mysql",
  port: 3306,
  load: () => import("../sql/open-mysql.ts"),
}
const REDIS: UrlScheme = {
  kind: "redis",
  form: `${LOGIN}/number`,
  parameters: ["prefix"],
  place: "host",
  port: 6379,
  path: "may",
  takesLogin: true,
  load: () => import("../redis/open.ts"),
}
const CLUSTER: UrlScheme = {
  ...REDIS,
  kind: "redis-cluster",
  form: `${LOGIN},host:port`,
  place: "hosts",
  load: () => import("../redis/open-cluster.ts"),
}
const SENTINEL: UrlScheme = {
  ...REDIS,
  kind: "redis-sentinel",
  form: `${LOGIN},host:port/master`,
  place: "hosts",
  port: 26_379,
  path: "must",
  load: () => import("../redis/open-sentinel.ts"),
}

/** By the name before the colon. A new backend is a line here. */
export const URL_SCHEMES: Readonly<Record<string, UrlScheme>> = {
  postgres: POSTGRES,
  postgresql: POSTGRES,
  mysql: MYSQL,
  mariadb: MYSQL,
  redis: { ...REDIS, protocol: "redis" },
  rediss: { ...REDIS, protocol: "rediss" },
  "redis+cluster": { ...CLUSTER, protocol: "redis" },
  "rediss+cluster": { ...CLUSTER, protocol: "rediss" },
  "redis+sentinel": { ...SENTINEL, protocol: "redis" },
  "rediss+sentinel": { ...SENTINEL, protocol: "rediss" },
  memcached: {
    kind: "memcached",
    protocol: "memcached",
    form: "//host:port",
    parameters: ["prefix"],
    place: "host",
    port: 11_211,
    load: () => import("../memcached/open.ts"),
  },
  dynamodb: {
    kind: "dynamodb",
    form: "//region",
    parameters: ["table", "endpoint"],
    place: "host",
    load: () => import("../dynamodb/open.ts"),
  },
  sqlite: {
    kind: "sqlite",
    form: "./file.db or sqlite:///absolute/file.db",
    parameters: ["table"],
    place: "path",
    load: () => import("../sqlite/open.ts"),
  },
  file: {
    kind: "file",
    form: "./directory or file:///absolute/directory",
    place: "path",
    load: () => import("../file/open.ts"),
  },
  memory: { kind: "memory", form: "", place: "process", load: () => import("../memory/open.ts") },
}
