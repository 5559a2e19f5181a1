import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { TestProject } from "vitest/node"
import { startRedisCluster, startRedisSentinel } from "../services/redis.ts"
import setup from "../services/setup.ts"
import { chosenStores, type ServiceName, type StoreName } from "../services/stores.ts"
import { type HammerReport, hammer } from "./hammer.ts"
import { openStore } from "./store.ts"
import { soaked } from "./stores.ts"

// Four processes on one session of every store, half a minute each: `npm run soak`, `STORES=redis npm run soak`.

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "30" }, processes: { type: "string", default: "4" } },
})
const directory = mkdtempSync(join(tmpdir(), "holdfast-soak-"))
const services = {} as Record<ServiceName, string>
const stop = await setup({
  provide: (_key: string, urls: object) => Object.assign(services, urls),
} as unknown as TestProject)

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
const table: Record<string, HammerReport> = {}
for (const name of chosenStores()) {
  const run = async (url: string): Promise<void> => {
    console.log(`${name}: ${values.processes} processes, ${values.seconds} s …`)
    const store = await openStore(url.split("|").at(-1)!)
    await store.migrate?.()
    await store.close()
    const report = await hammer(url, Number(values.processes), Number(values.seconds))
    table[name] = report
    if (report.lostKeys !== 0 || report.lostUpdates !== 0 || report.revivals !== 0) isClean = false
  }
  const urlOf = soaked[name]
  if (urlOf) await run(urlOf(services, directory))
  else if (name in groups) await withGroup(name as keyof typeof groups, run)
}
console.table(table)
await stop()
rmSync(directory, { recursive: true, force: true })
if (!isClean) {
  console.error("Something was lost or revived.")
  process.exitCode = 1
}

async function withGroup(
  name: keyof typeof groups & StoreName,
  run: (url: string) => Promise<void>,
): Promise<void> {
  const { start, urlOf } = groups[name]
  const group = await start()
  try {
    await run(urlOf(group.servers.map(({ port }) => `127.0.0.1:${port}`)))
  } finally {
    await group.close()
  }
}
