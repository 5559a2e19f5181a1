/**
 * Measures what a request costs among a million sessions beside one among a thousand, each request of any of them.
 *
 *     node bench/growth-requests.ts [--few] [memory sqlite postgres mariadb redis memcached files]
 *
 * With `--few` each request is of the same thousand, spread over all the sessions there are.
 */
import { execFileSync } from "node:child_process"
import { parseArgs } from "node:util"
import { storeFromUrl } from "../src/stores/url/index.ts"
import { fillStore } from "./crowd.ts"
import { connect, type DatabaseName, fill } from "./crowded-table.ts"
import { type Address, openAddress } from "./requests/address.ts"
import { type Figures, FULL, LOAD_CORE, measure, type Target } from "./requests/measure.ts"
import { settleOn } from "./requests/process.ts"
import { circumstances, wide } from "./requests/report.ts"
import { WORKS } from "./requests/work.ts"
import { table, writeResults } from "./results.ts"

const STORES = ["memory", "sqlite", "postgres", "mariadb", "redis", "memcached", "files"] as const
type StoreName = (typeof STORES)[number]

const {
  values: { few },
  positionals: named,
} = parseArgs({ options: { few: { type: "boolean", default: false } }, allowPositionals: true })
const stray = named.find((name) => !STORES.some((known) => known === name))
if (stray !== undefined) throw new TypeError(`The stores are ${STORES.join(", ")}; not "${stray}"`)

/** Those that a statement fills faster than calls of the store. */
const TABLES: { readonly [Store in StoreName]?: DatabaseName } = {
  sqlite: "SQLite",
  postgres: "PostgreSQL",
  mariadb: "MariaDB",
}

await settleOn(LOAD_CORE)
const all: { store: StoreName; work: string; figures: readonly Figures[] }[] = []
for (const store of STORES.filter((name) => named.length === 0 || named.includes(name))) {
  const addresses: Address[] = []
  try {
    for (const count of countsOf(store)) {
      console.log(`${store}: ${count.toLocaleString("en")} sessions …`)
      const opened = await openAddress(store)
      addresses.push(opened)
      await fillAddress(store, opened.address, count)
    }
    execFileSync("sync") // or what was filled in is written to the disk while the requests are measured
    const targets = countsOf(store).map(
      (sessions, n): Target => ({
        name: sessions.toLocaleString("en"),
        framework: "express",
        plan: {
          store,
          library: "holdfast",
          address: addresses[n]!.address,
          isLazy: false,
          sessions,
          inUse: few ? 1e3 : sessions,
        },
        isKept: true,
      }),
    )
    for (const work of WORKS.filter(({ name }) => name === "read" || name === "write")) {
      const figures = await measure(targets, work, FULL)
      all.push({ store, work: work.name, figures })
      console.log(rowsOf(all.at(-1)!))
    }
  } finally {
    for (const { close } of addresses) await close()
  }
}
report()

/** A session in files takes 10 KB of disk, and a millisecond to make. */
function countsOf(store: StoreName): readonly number[] {
  return [1e3, store === "files" ? 1e5 : 1e6]
}

async function fillAddress(store: StoreName, address: string, count: number): Promise<void> {
  if (store === "memory") return // which each site fills for itself
  const table = TABLES[store]
  if (table) {
    const connected = await connect(table, address)
    await fill(table, connected, { rows: count, step: 1, signedIn: count })
    if (table === "PostgreSQL") await connected.value("CHECKPOINT")
    return void (await connected.close())
  }
  const opened = await storeFromUrl(address)
  await fillStore(opened, count, true)
  await opened.close()
}

function rowsOf({ store, work, figures }: (typeof all)[number]): string[][] {
  return figures.map(({ library, cpu, ratio, p99 }, n) => [
    n === 0 ? `${work}, ${store}` : "",
    library,
    wide(cpu, 0),
    wide(ratio, 2),
    p99.median.toFixed(2),
  ])
}

function report(): void {
  const { machine, versions, date } = circumstances()
  const text = table([["", "sessions", "CPU µs", "× a thousand", "p99 ms"], ...all.flatMap(rowsOf)])
  console.log(`\n${text}`)
  writeResults(
    few ? "Requests of a thousand among many sessions" : "Requests among many sessions",
    few ? "growth-requests-few" : "growth-requests",
    `What a request on Express costs that reads a session, or changes one key of it, among a thousand sessions and among a million (in files, a hundred thousand): each of 300 bytes, each of its own user, and each request of one that is chosen at random${few ? " from the same thousand, spread over all of them" : ""}. Measured side by side as the requests above, ${FULL.rounds} rounds. ${machine}; node ${versions.node}; ${date}.\n\n${text}`,
    { machine, versions, date, all },
  )
}
