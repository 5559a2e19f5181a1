/** The kinds of store that a URL can name. */
export type UrlKind =
  | "postgres"
  | "mysql"
  | "redis"
  | "redis-cluster"
  | "redis-sentinel"
  | "memcached"
  | "file"
  | "sqlite"
  | "memory"

/** What a URL scheme means and how its URLs read. */
export interface UrlScheme {
  readonly kind: UrlKind
  /** What follows the colon, as a person writes it. */
  readonly form: string
  /** The parameter that the store takes; others are the client's or a mistake. */
  readonly parameter?: "table" | "prefix"
  /** What the client calls the scheme; absent when it takes no URL. */
  readonly protocol?: string
  /** The port when none is given; absent where there is no host. */
  readonly port?: number
  /** Whether the client understands parameters of its own in the URL. */
  readonly passesParameters?: true
}

const LOGIN = "//user:password@host:port"
const SQL = { form: `${LOGIN}/database`, parameter: "table", passesParameters: true } as const
const POSTGRES: UrlScheme = { ...SQL, kind: "postgres", protocol: "postgres", port: 5432 }
const MYSQL: UrlScheme = { ...SQL, kind: "mysql", protocol: "mysql", port: 3306 }
const REDIS: UrlScheme = { kind: "redis", form: `${LOGIN}/number`, parameter: "prefix", port: 6379 }
const CLUSTER: UrlScheme = { ...REDIS, kind: "redis-cluster", form: `${LOGIN},host:port` }
const SENTINEL: UrlScheme = {
  ...REDIS,
  kind: "redis-sentinel",
  form: `${LOGIN},host:port/master`,
  port: 26_379,
}

/** By the name before the colon. */
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
    parameter: "prefix",
    port: 11_211,
  },
  sqlite: { kind: "sqlite", form: "./file.db or sqlite:///absolute/file.db", parameter: "table" },
  file: { kind: "file", form: "./directory or file:///absolute/directory" },
  memory: { kind: "memory", form: "" },
}
