import { connect } from "node:net"
import { type ContainerPlan, startContainer } from "./container.ts"
import { isMariadbReady, mariadbUrl, startMariadb } from "./mariadb.ts"
import { startMemcached } from "./memcached.ts"
import { isPostgresReady, postgresUrl, startPostgres } from "./postgres.ts"
import { startRedis } from "./redis.ts"
import type { Server } from "./server.ts"
import type { ServiceName } from "./stores.ts"

/** A server that all tests of a run share. */
export type SharedServer = Pick<Server, "url" | "close">

/** How it is had: as a program of this machine, or else as a container. */
interface SharedPlan extends Omit<ContainerPlan, "name"> {
  readonly start: () => Promise<SharedServer>
}

const SERVICES: Record<ServiceName, SharedPlan> = {
  postgres: {
    start: startPostgres,
    image: "postgres:17",
    port: 5432,
    env: { POSTGRES_HOST_AUTH_METHOD: "trust" },
    url: postgresUrl,
    isReady: isPostgresReady,
  },
  mariadb: {
    start: startMariadb,
    image: "mariadb:11",
    port: 3306,
    env: { MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: "1", MARIADB_DATABASE: "holdfast" },
    url: mariadbUrl,
    isReady: isMariadbReady,
  },
  redis: {
    start: startRedis,
    image: "redis:7",
    port: 6379,
    url: (port) => `redis://127.0.0.1:${port}`,
    isReady: (url) => answers(url, "PING\r\n", "+PONG"),
  },
  memcached: {
    start: startMemcached,
    image: "memcached:1.6",
    port: 11211,
    url: (port) => `memcached://127.0.0.1:${port}`,
    isReady: (url) => answers(url, "version\r\n", "VERSION"),
  },
}

/** Starts the program of this machine. */
export function startOwn(name: ServiceName): Promise<SharedServer> {
  return SERVICES[name].start()
}

/** Starts a container in its stead. */
export function startInContainer(name: ServiceName): Promise<SharedServer> {
  return startContainer({ ...SERVICES[name], name })
}

/** Whether the server answers this line with that word. */
function answers(url: string, line: string, word: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(line))
    const done = (isReady: boolean): void => {
      socket.destroy()
      resolve(isReady)
    }
    socket.setTimeout(1000, () => done(false))
    socket.once("data", (data) => done(data.toString().startsWith(word)))
    socket.once("error", () => done(false))
    socket.once("close", () => done(false))
  })
}
