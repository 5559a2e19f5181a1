import { join } from "node:path"
import type { ServiceName } from "../services/stores.ts"

type UrlOf = (services: Readonly<Record<ServiceName, string>>, directory: string) => string

/** Every store that several processes can share, as a URL. */
export const soaked: Readonly<Record<string, UrlOf>> = {
  sqlite: (_services, directory) => `sqlite:${join(directory, "soak.db")}`,
  file: (_services, directory) => `file:${join(directory, "soak")}`,
  postgres: ({ postgres }) => `${postgres}?table=soak`,
  mariadb: ({ mariadb }) => `${mariadb}?table=soak`,
  redis: ({ redis }) => `${redis}?prefix=soak:`,
  memcached: ({ memcached }) => `${memcached}?prefix=soak:`,
  cached: ({ redis, postgres }) => `cached:${redis}?prefix=soaked:|${postgres}?table=soaked`,
}
