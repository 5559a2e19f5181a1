/** A server that stores are tested on, one for the whole run. */
export type ServiceName = "postgres" | "mariadb" | "redis" | "memcached"

/** The names that the variable `STORES` knows. */
export type StoreName =
  | "memory"
  | "sqlite"
  | "better-sqlite3"
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

/** The stores that `STORES=redis,sqlite` chooses from, and the shared servers each needs. */
export const STORES: Readonly<Record<StoreName, readonly ServiceName[]>> = {
  memory: [],
  sqlite: [],
  "better-sqlite3": [],
  pglite: [],
  postgres: ["postgres"],
  mariadb: ["mariadb"],
  redis: ["redis"],
  ioredis: ["redis"],
  "redis-cluster": [],
  "redis-sentinel": [],
  memcached: ["memcached"],
  file: [],
  cached: ["redis", "memcached", "postgres"],
  cookie: [],
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
