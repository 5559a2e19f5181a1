import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { ProgramName } from "./programs.ts"

/** A server that stores are tested on, one for the whole run. */
export type ServiceName = "postgres" | "mariadb" | "redis" | "memcached"

/** What the tests of a store need. */
export interface StoreNeeds {
  /** Servers that all tests of the run share, each a program of this machine or a container. */
  readonly shared?: readonly ServiceName[]
  /** Programs of this machine. */
  readonly own?: readonly ProgramName[]
}

/** The stores whose tests need more than the packages of this project. */
const NEEDS: Readonly<Record<string, StoreNeeds>> = {
  "better-sqlite3": { own: ["better-sqlite3"] },
  libsql: { own: ["libsql"] },
  postgres: { shared: ["postgres"] },
  pgbouncer: { shared: ["postgres"], own: ["pgbouncer"] },
  mariadb: { shared: ["mariadb"] },
  redis: { shared: ["redis"] },
  ioredis: { shared: ["redis"] },
  "redis-cluster": { own: ["redis"] },
  "redis-sentinel": { own: ["redis"] },
  memcached: { shared: ["memcached"] },
  cached: { shared: ["redis", "memcached", "postgres"] },
}

/** The stores that `STORES=redis,sqlite` chooses from: each has a test, `test/laws/NAME.test.ts`, that describes it by its name. */
export const STORES: readonly string[] = storesIn(join(import.meta.dirname, "../laws"))

/** What the tests of a store need. Throws when there is no store of this name. */
export function needsOf(name: string): StoreNeeds {
  if (!STORES.includes(name))
    throw new TypeError(`There is no test/laws/${name}.test.ts with describeStore("${name}", …)`)
  return NEEDS[name] ?? {}
}

/** The stores this run is about: all of them, or those that the variable `STORES` names. */
export function chosenStores(): readonly string[] {
  const named = process.env.STORES?.split(",").map((name) => name.trim())
  if (!named) return STORES
  const unknown = named.find((name) => !STORES.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`STORES names "${unknown}"; the stores are ${STORES.join(", ")}`)
  return named
}

function storesIn(directory: string): string[] {
  const names = readdirSync(directory).flatMap((file) => /^(.*)\.test\.ts$/.exec(file)?.[1] ?? [])
  const textOf = (name: string): string => readFileSync(join(directory, `${name}.test.ts`), "utf8")
  return names.filter((name) => textOf(name).includes(`describeStore("${name}"`))
}
