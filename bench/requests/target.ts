/** Something that is measured: a site on one framework, with one library that keeps sessions in one place. */
export interface Target {
  readonly framework: Framework
  readonly store: StoreName
  /**
   * `bare` keeps no sessions: its pages make one raw call of the same client, or none where none is needed. `empty` is
   * `bare` behind a middleware that does nothing: the least that any middleware costs.
   */
  readonly library: Library
}

export type Framework = "express" | "fastify" | "koa" | "hono" | "django"
export type StoreName =
  | "redis"
  | "sqlite"
  | "postgres"
  | "memory"
  | "cookie"
  // Measured among many sessions only.
  | "mariadb"
  | "memcached"
  | "files"
export type Library =
  | "bare"
  | "empty"
  | "holdfast"
  | "near-cache"
  | "express-session"
  | "@fastify/session"
  | "@fastify/secure-session"
  | "koa-session"
  | "hono-sessions"
  | "iron-session"
  | "django"

/** The libraries that keep sessions for a framework in a store, the limit first and ours second. */
export function librariesOf(framework: Framework, store: StoreName): readonly Library[] {
  return ["bare", "holdfast", ...PEERS.filter(([, , places]) => places.includes(store)).flatMap(peersOf)]

  function peersOf([library, home]: (typeof PEERS)[number]): Library[] {
    return home === framework ? [library] : []
  }
}

const PEERS: readonly (readonly [Library, Framework, readonly StoreName[]])[] = [
  ["express-session", "express", ["redis", "sqlite", "postgres", "memory"]],
  ["empty", "express", ["redis"]],
  ["near-cache", "express", ["redis"]],
  ["iron-session", "express", ["cookie"]],
  ["@fastify/session", "fastify", ["redis", "memory"]],
  ["@fastify/secure-session", "fastify", ["cookie"]],
  ["koa-session", "koa", ["redis"]],
  ["hono-sessions", "hono", ["memory", "cookie"]],
]

/** What is measured beside each other: the targets differ in their library alone. */
export interface Group {
  readonly framework: Framework
  readonly store: StoreName
  readonly libraries: readonly Library[]
}

export const GROUPS: readonly Group[] = [
  // Where there is a library to compare with.
  ...(["express", "fastify", "koa", "hono"] as const).flatMap((framework) =>
    (["redis", "sqlite", "postgres", "memory", "cookie"] as const)
      .map((store) => ({ framework, store, libraries: librariesOf(framework, store) }))
      .filter(({ libraries }) => libraries.length > 2),
  ),
  // For the record: the sessions that these are modelled on. Debian's Django knows no cache in Redis.
  ...(["sqlite", "postgres", "cookie"] as const).map((store) => ({
    framework: "django" as const,
    store,
    libraries: ["bare", "django"] as const,
  })),
]
