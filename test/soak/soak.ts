import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { TestProject } from "vitest/node"
import type { Store } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { startRedisCluster, startRedisSentinel } from "../services/redis.ts"
import setup from "../services/setup.ts"
import { chosenStores, type ServiceName } from "../services/stores.ts"
import { hammer } from "./hammer.ts"
import { renewals } from "./renewals.ts"
import { revocations } from "./revocations.ts"
import { openStore } from "./store.ts"
import { soaked } from "./stores.ts"
import { type Arrival, type Turn, turns } from "./turns.ts"

// Every store under everything that could lose a write, revive a session or sign somebody out: `npm run soak`. Some of it:
// `STORES=redis npm run soak -- --only turns,revocations --runs 50`. A store of one's own: `npm run soak -- --url URL`.

const { values } = parseArgs({
  options: {
    url: { type: "string" },
    only: { type: "string", default: "hammer,turns,renewals,revocations" },
    seconds: { type: "string", default: "30" },
    processes: { type: "string", default: "4" },
    runs: { type: "string", default: "200" },
    rounds: { type: "string", default: "50" },
    revocations: { type: "string", default: "600" },
  },
})
const wanted = values.only.split(",")
const processes = Number(values.processes)
const directory = mkdtempSync(join(tmpdir(), "holdfast-soak-"))
const context: { services?: Record<ServiceName, string> } = {}
const project = {
  name: "laws",
  provide: (key: string, value: object) => Object.assign(context, { [key]: value }),
  getProvidedContext: () => context,
  vitest: { getRootProject: () => project },
} as unknown as TestProject
const stop = values.url === undefined ? await setup(project) : async () => {}

/** Stores that several servers make up, which are started for their own turn only. */
const groups = {
  "redis-cluster": {
    start: startRedisCluster,
    urlOf: (ports: string[]) => `redis+cluster://${ports.join()}`,
  },
  "redis-sentinel": {
    start: startRedisSentinel,
    urlOf: (ports: string[]) => `redis+sentinel://${ports.slice(2).join()}/main`, // after primary and replica
  },
}

let isClean = true
const tables: Record<string, Record<string, object>> = {}

function note(experiment: string, name: string, report: object, ...mustBeNone: readonly number[]): void {
  tables[experiment] ??= {}
  tables[experiment][name] = report
  const isGood = mustBeNone.every((count) => count === 0)
  if (!isGood) isClean = false
  console.log(`${isGood ? "✓" : "✗"} ${experiment}, ${name}: ${JSON.stringify(report)}`)
}

/** A turn in the middle of writers and readers, over two engines on this store. */
async function soakTurns(name: string, stores: readonly [Store, Store]): Promise<void> {
  for (const arrival of ["in order", "in any order"] satisfies Arrival[])
    for (const turn of ["login", "rotation", "renewal", "renewal and rotation"] satisfies Turn[]) {
      const report = await turns(stores, turn, Number(values.runs), arrival)
      // A renewal's cookie that a rotation's overtakes signs out, and no rule can mend that: those are counted. The order in which
      // two connections answer is not quite the order of the commits, so there are some in order too.
      const isLimit = turn === "renewal and rotation"
      note(
        `a ${turn}, responses ${arrival}`,
        name,
        report,
        isLimit ? 0 : report.signedOut,
        report.lost,
        report.leaked,
        report.alarms,
      )
    }
}

async function soak(name: string, url: string): Promise<void> {
  const store = await openStore(url.split("|").at(-1)!)
  await store.migrate()
  const hasIndex = store.listByUser !== undefined
  await store.close()
  if (wanted.includes("hammer")) {
    const report = await hammer(url, processes, Number(values.seconds))
    note("four processes on one session", name, report, report.lostKeys, report.lostUpdates, report.revivals)
  }
  if (wanted.includes("turns")) {
    const [one, other] = [await openStore(url), await openStore(url)]
    await soakTurns(name, [one, other])
    await Promise.all([one.close(), other.close()])
  }
  if (wanted.includes("renewals")) {
    const report = await renewals(url, {
      sessions: 20,
      rounds: Number(values.rounds),
      requests: 40,
      processes,
    })
    note("renewals", name, report, report.refused, report.torn, report.alarms)
  }
  if (wanted.includes("revocations") && hasIndex) {
    const report = await revocations(url, Number(values.revocations))
    note("revocations", name, report, report.survivors, report.unspared, report.refused)
  }
}

/** A store that the tests know. */
async function soakKnown(name: string): Promise<void> {
  const urlOf = soaked[name]
  if (urlOf) await soak(name, urlOf(context.services!, directory))
  else if (name in groups) {
    const { start, urlOf } = groups[name as keyof typeof groups]
    const group = await start()
    await soak(name, urlOf(group.servers.map(({ port }) => `127.0.0.1:${port}`))).finally(() => group.close())
  } else if (name === "memory" && wanted.includes("turns")) {
    const store = memoryStore()
    await soakTurns(name, [store, store])
  }
}

const names = values.url === undefined ? chosenStores() : [new URL(values.url).protocol.slice(0, -1)]
for (const name of names) {
  console.log(`${name} …`)
  await (values.url === undefined ? soakKnown(name) : soak(name, values.url))
}
for (const [experiment, table] of Object.entries(tables)) {
  console.log(`\n${experiment}`)
  console.table(table)
}
await stop()
rmSync(directory, { recursive: true, force: true })
if (!isClean) {
  console.error("Something was lost, revived or signed out.")
  process.exitCode = 1
}
