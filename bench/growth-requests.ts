/**
 * Measures what a request costs among a million sessions beside one among a thousand, each request of any of them.
 *
 *     node bench/growth-requests.ts [redis sqlite postgres]
 */
import { execFileSync } from "node:child_process"
import { createClient } from "redis"
import { redisStore } from "../src/stores/redis.ts"
import { connect, fill, idOf, payloadOf } from "./crowded-table.ts"
import { type Address, openAddress } from "./requests/address.ts"
import { type Figures, FULL, LOAD_CORE, measure, type Target } from "./requests/measure.ts"
import { settleOn } from "./requests/process.ts"
import { circumstances, wide } from "./requests/report.ts"
import { userOf, WORKS } from "./requests/work.ts"
import { table, writeResults } from "./results.ts"

const COUNTS = [1e3, 1e6]
const STORES = ["redis", "sqlite", "postgres"] as const
type StoreName = (typeof STORES)[number]

const named = process.argv.slice(2)
const stray = named.find((name) => !STORES.some((known) => known === name))
if (stray !== undefined) throw new TypeError(`The stores are ${STORES.join(", ")}; not "${stray}"`)

await settleOn(LOAD_CORE)
const all: { store: StoreName; work: string; figures: readonly Figures[] }[] = []
for (const store of STORES.filter((name) => named.length === 0 || named.includes(name))) {
  const addresses: Address[] = []
  try {
    for (const count of COUNTS) {
      console.log(`${store}: ${count.toLocaleString("en")} sessions …`)
      const opened = await openAddress(store)
      addresses.push(opened)
      await fillStore(store, opened.address, count)
    }
    const targets = COUNTS.map(
      (count, n): Target => ({
        name: count.toLocaleString("en"),
        framework: "express",
        plan: { store, library: "holdfast", address: addresses[n]!.address, isLazy: false },
        isKept: true,
        sessions: count,
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

async function fillStore(store: StoreName, address: string, count: number): Promise<void> {
  if (store !== "redis") {
    const name = store === "sqlite" ? "SQLite" : "PostgreSQL"
    const connected = await connect(name, address)
    await fill(name, connected, { rows: count, step: 1, signedIn: count })
    if (name === "PostgreSQL") await connected.value("CHECKPOINT")
    await connected.close()
    execFileSync("sync") // or the filling is written to the disk while the requests are measured
    return
  }
  const client = await createClient({ url: address }).connect()
  const { create } = redisStore(client)
  const now = Date.now()
  const payload = payloadOf(now)
  for (let n = 1; n <= count; n += 500)
    await Promise.all(
      Array.from({ length: Math.min(500, count - n + 1) }, (_, k) =>
        create({ id: idOf(n + k), userId: userOf(n + k), payload, expiresAt: now + 1_209_600_000 }),
      ),
    )
  await client.close()
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
    "Requests among many sessions",
    "growth-requests",
    `What a request on Express costs that reads a session, or changes one key of it, among a thousand sessions and among a million: each of 300 bytes, each of its own user, and each request of one that is chosen at random. Measured side by side as the requests above, ${FULL.rounds} rounds. ${machine}; node ${versions.node}; ${date}.\n\n${text}`,
    { machine, versions, date, all },
  )
}
