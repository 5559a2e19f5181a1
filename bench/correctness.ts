/**
 * Counts what parallel requests lose, with this library and with others, on sites that do the same.
 *
 *     node bench/correctness.ts [--quick] [--only express,redis] [--seed 1] [--requests 3000] [--page]
 *
 * `--only` takes names of frameworks and stores, `--requests` how many of each library in each round. `--quick` takes some minutes, and
 * its figures go nowhere but to the terminal. `--page` counts nothing, and makes the page and the chart anew from the figures that are there.
 */
import { parseArgs } from "node:util"
import { makeRequests } from "../test/judge/requests/trial.ts"
import { ORDINARY } from "../test/judge/requests/workload.ts"
import { openStore } from "../test/soak/store.ts"
import { CONTESTS, type Contest } from "./correctness/contests.ts"
import { type Counted, linesOf, report, type Setting } from "./correctness/report.ts"
import { type Tally, tallyOf } from "./correctness/tally.ts"
import { installPeers } from "./install.ts"
import { openAddress } from "./requests/address.ts"
import { circumstances } from "./requests/report.ts"

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    page: { type: "boolean", default: false },
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    requests: { type: "string", default: "3000" },
  },
})
const contests = values.page ? [] : chosen(values.only?.split(",") ?? [])
const setting: Setting = {
  rounds: values.quick ? 1 : 3,
  requests: Number(values.requests),
  oneByOne: 600,
  browsers: 12,
  lanes: 3,
  busy: 10,
  seed: Number(values.seed),
}

installPeers()
for (const [n, contest] of contests.entries()) {
  const counted = await hold(contest)
  console.log(`${n + 1} of ${contests.length}: ${linesOf(counted)}`)
  if (!values.quick) report([counted])
}
if (values.page) report([])

/** Lets the libraries of a contest take turns, each round with the same requests. */
async function hold({ framework, store, contestants }: Contest): Promise<Counted> {
  const { address, close } = await openAddress(store)
  try {
    await makeTable(store, address)
    const figures = contestants.map((contestant) => ({
      contestant,
      rounds: [] as Tally[],
      oneByOne: [] as Tally[],
    }))
    for (let round = 0; round <= setting.rounds; round++)
      for (const { contestant, rounds, oneByOne } of figures) {
        const isOneByOne = round === setting.rounds
        const { visits } = await makeRequests({
          order: {
            framework,
            library: new URL("correctness/library.ts", import.meta.url).href,
            plan: { ...contestant.plan, store, address: urlOf(store, address) },
          },
          seed: setting.seed + round,
          habits: ORDINARY,
          requests: isOneByOne ? setting.oneByOne : setting.requests,
          browsers: setting.browsers,
          lanes: isOneByOne ? 1 : setting.lanes,
          busy: setting.busy,
          processes: store === "memory" ? 1 : 2,
          acknowledgedBy: "body",
        })
        ;(isOneByOne ? oneByOne : rounds).push(tallyOf(visits))
      }
    const named = figures.map(({ contestant, ...counted }) => ({ library: contestant.name, ...counted }))
    return { framework, store, setting, ...circumstances(), figures: named }
  } finally {
    await close()
  }
}

function urlOf(store: Contest["store"], address: string): string {
  return store === "memory" ? "memory:" : address
}

async function makeTable(store: Contest["store"], address: string): Promise<void> {
  if (store !== "postgres") return
  const table = await openStore(address)
  await table.migrate()
  await table.close()
}

/** The contests whose framework and store are named, where any is. */
function chosen(names: readonly string[]): readonly Contest[] {
  const kinds = [CONTESTS.map(({ framework }) => framework), CONTESTS.map(({ store }) => store)]
  const [frameworks, stores] = kinds.map((kind: readonly string[]) => {
    const named = names.filter((name) => kind.includes(name))
    return (name: string): boolean => named.length === 0 || named.includes(name)
  })
  return CONTESTS.filter(({ framework, store }) => frameworks!(framework) && stores!(store))
}
