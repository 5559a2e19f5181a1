import type { ProgramName } from "./programs.ts"

/** A server that stores are tested on, one for the whole run. */
export type ServiceName = "postgres" | "mariadb" | "redis" | "memcached"

/** The names that the variable `STORES` knows. */
export type StoreName =
  | "memory"
  | "sqlite"
  | "better-sqlite3"
  | "libsql"
  | "pglite"
  | "postgres"
  | "mariadb"
  | "redis"
  | "ioredis"
  | "redis-cluster"
  | "redis-sentinel"
  | "memcached"
  | "file"
  | "cached"
  | "cookie"

/** What the tests of a store need. */
export interface StoreNeeds {
  /** Servers that all tests of the run share, each a program of this machine or a container. */
  readonly shared?: readonly ServiceName[]
  /** Programs of this machine. */
  readonly own?: readonly ProgramName[]
}

/** The stores that `STORES=redis,sqlite` chooses from. */
export const STORES: Readonly<Record<StoreName, StoreNeeds>> = {
  memory: {},
  sqlite: {},
  "better-sqlite3": { own: ["better-sqlite3"] },
  libsql: { own: ["libsql"] },
  pglite: {},
  postgres: { shared: ["postgres"] },
  mariadb: { shared: ["mariadb"] },
  redis: { shared: ["redis"] },
  ioredis: { shared: ["redis"] },
  "redis-cluster": { own: ["redis"] },
  "redis-sentinel": { own: ["redis"] },
  memcached: { shared: ["memcached"] },
  file: {},
  cached: { shared: ["redis", "memcached", "postgres"] },
  cookie: {},
}

/** The stores this run is about: all of them, or those that the variable `STORES` names. */
export function chosenStores(): readonly StoreName[] {
  const all = Object.keys(STORES) as StoreName[]
  const named = process.env.STORES?.split(",").map((name) => name.trim())
  if (!named) return all
  const unknown = named.find((name) => !Object.hasOwn(STORES, name))
  if (unknown !== undefined)
    throw new TypeError(`STORES names "${unknown}"; the stores are ${all.join(", ")}`)
  return named as StoreName[]
}
