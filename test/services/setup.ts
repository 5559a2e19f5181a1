import type { TestProject } from "vitest/node"
import { isDockerThere } from "./container.ts"
import { ensure, type ProgramName } from "./programs.ts"
import { type SharedServer, startInContainer, startOwn } from "./shared.ts"
import { chosenStores, needsOf, type ServiceName, STORES } from "./stores.ts"
import { isUntested, tellUntested, untested } from "./untested.ts"

/** What the tests of a project need. */
interface Needs {
  /** Whether they use the servers that all tests of a run share. */
  readonly isSharing: boolean
  /** What they start or load by themselves. */
  readonly own: readonly ProgramName[]
}

const PROJECTS: Readonly<Record<string, Needs>> = {
  laws: {
    isSharing: true,
    own: ["redis", "memcached", "better-sqlite3", "libsql", "pgbouncer"],
  },
  operations: { isSharing: true, own: ["redis", "nginx", "bindfs", "django", "chromium"] },
  faults: { isSharing: false, own: ["postgres", "mariadb", "redis", "memcached"] },
  django: { isSharing: true, own: ["django"] },
  runtimes: { isSharing: true, own: ["runtimes"] },
  browser: { isSharing: false, own: ["chromium"] },
}

/**
 * Installs what a project's tests need and starts what they share, before any of them runs: its workers would all install at
 * once. Gives the way to stop it all. What can't be had here is told at the end, and is an error when `CI` is `true`.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { isSharing, own } = PROJECTS[project.name]!
  const shared = new Set(isSharing ? chosenStores().flatMap((name) => needsOf(name).shared ?? []) : [])
  for (const name of own)
    if (isWanted(name) && !shared.has(name as ServiceName) && !has(project, name))
      untested(project, name, "it is not installed and can't be installed here")

  const started: SharedServer[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.close()))
    tellUntested(project)
  }
  const urls: Partial<Record<ServiceName, string>> = {}
  const startings = [...shared].map(async (name) => {
    const server = await start(project, name)
    if (!server) return
    started.push(server)
    urls[name] = server.url
  })
  const failed = (await Promise.allSettled(startings)).find((result) => result.status === "rejected")
  if (failed) {
    await stop()
    throw failed.reason
  }
  project.provide("services", urls)
  return stop
}

async function start(project: TestProject, name: ServiceName): Promise<SharedServer | undefined> {
  if (has(project, name)) return startOwn(name)
  const isContained = isDockerThere()
  const reason = isContained
    ? "only a container of it can be had here, which these tests don't stop or set up"
    : "it is not installed, can't be installed here, and no Docker engine answers"
  untested(project, name, reason)
  return isContained ? startInContainer(name) : undefined
}

/** Whether the program is there, installed if need be. What could not be installed is not tried again. */
function has(project: TestProject, name: ProgramName): boolean {
  return !isUntested(project, name) && ensure(name) !== undefined
}

/** Whether this run is about a store that needs the program, or the program has nothing to do with stores. */
function isWanted(name: ProgramName): boolean {
  const needs = (store: string): boolean => {
    const { shared = [], own = [] } = needsOf(store)
    return [...shared, ...own].includes(name)
  }
  return chosenStores().some(needs) || !STORES.some(needs)
}
