import { connect } from "node:net"
import type { TestProject } from "vitest/node"
import { type ContainerPlan, isDockerThere, startContainer } from "./container.ts"
import { ensureProgram } from "./install.ts"
import { isMariadbReady, mariadbPrograms, mariadbUrl, startMariadb } from "./mariadb.ts"
import { isPostgresReady, postgresPrograms, postgresUrl, startPostgres } from "./postgres.ts"
import type { Server } from "./server.ts"
import { chosenStores, type ServiceName, STORES } from "./stores.ts"

type Service = Pick<Server, "url" | "close">

/** How a service is had: its own program on this machine, or else a container. */
interface ServicePlan extends Omit<ContainerPlan, "name"> {
  /** Looks for the program and installs it if it can. */
  readonly isInstalled: () => boolean
  readonly start: () => Promise<Service>
}

const SERVICES: Record<ServiceName, ServicePlan> = {
  postgres: {
    isInstalled: () => postgresPrograms() !== undefined,
    start: startPostgres,
    image: "postgres:17",
    port: 5432,
    env: { POSTGRES_HOST_AUTH_METHOD: "trust" },
    url: postgresUrl,
    isReady: isPostgresReady,
  },
  mariadb: {
    isInstalled: () => mariadbPrograms() !== undefined,
    start: startMariadb,
    image: "mariadb:11",
    port: 3306,
    env: { MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: "1", MARIADB_DATABASE: "holdfast" },
    url: mariadbUrl,
    isReady: isMariadbReady,
  },
  redis: {
    isInstalled: () => ensureProgram("redis-server", "redis-server") !== undefined,
    start: async () => (await import("./redis.ts")).startRedis(),
    image: "redis:7",
    port: 6379,
    url: (port) => `redis://127.0.0.1:${port}`,
    isReady: (url) => answers(url, "PING\r\n", "+PONG"),
  },
  memcached: {
    isInstalled: () => ensureProgram("memcached", "memcached") !== undefined,
    start: async () => (await import("./memcached.ts")).startMemcached(),
    image: "memcached:1.6",
    port: 11211,
    url: (port) => `memcached://127.0.0.1:${port}`,
    isReady: (url) => answers(url, "version\r\n", "VERSION"),
  },
}

/** Starts what the chosen stores need, once for the whole run; gives the way to stop it all. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const needed = new Set<ServiceName>(chosenStores().flatMap((name): readonly ServiceName[] => STORES[name]))
  const started: Service[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((service) => service.close()))
  }
  const urls: Partial<Record<ServiceName, string>> = {}
  const startings = [...needed].map(async (name) => {
    const service = await start(name)
    if (!service) return
    started.push(service)
    urls[name] = service.url
  })
  const failed = (await Promise.allSettled(startings)).find((result) => result.status === "rejected")
  if (failed) {
    await stop()
    throw failed.reason
  }
  project.provide("services", urls)
  return stop
}

async function start(name: ServiceName): Promise<Service | undefined> {
  const plan = SERVICES[name]
  if (plan.isInstalled()) return plan.start()
  if (isDockerThere()) return startContainer({ ...plan, name })
  const what = `${name} is not installed, can't be installed here, and no Docker engine answers`
  if (process.env.CI === "true") throw new Error(what)
  console.warn(`\n*** SKIPPED: ${what}: everything that needs it is left untested ***\n`)
  return undefined
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
