import { randomInt } from "node:crypto"
import { parseArgs } from "node:util"
import { type Case, casesOf, inWords } from "./cases.ts"
import { searchCase } from "./check.ts"
import { type SampleSize, sample } from "./sample.ts"

// Searches every order of requests of one session, and every fault at every place of every order.
// `npm run orders`, `npm run orders -- --only "2 requests, 1 fault"`, `-- --case "ada |"`, `-- --seed 7 --sample 100000`

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    case: { type: "string", default: "" },
    most: { type: "string", default: "100000" },
    part: { type: "string", default: "1/1" },
    seed: { type: "string", default: `${randomInt(1_000_000_000)}` },
    sample: { type: "string" },
  },
})

/** What is searched, from what says most to what takes longest. */
const SEARCHES: readonly SampleSize[] = [
  { requests: 2, faults: 0 },
  { requests: 2, faults: 1 },
  { requests: 3, faults: 0 },
  { requests: 2, faults: 2 },
  { requests: 3, faults: 1 },
  { requests: 4, faults: 0 },
]

const most = Number(values.most)
const [part, parts] = values.part.split("/").map(Number) as [number, number]
let broken = 0

if (values.sample) {
  const runs = Number(values.sample)
  console.log(`seed ${values.seed}: ${runs} runs`)
  const step = Math.min(runs, 100_000)
  for (let done = 0; done < runs; done += step) {
    await sample(Number(values.seed) + done, Math.min(step, runs - done), complain)
    console.log(`${new Date().toISOString()} ${Math.min(runs, done + step)} runs`)
  }
} else
  for (const { requests, faults } of SEARCHES) {
    const name = `${requests} requests, ${faults} ${faults === 1 ? "fault" : "faults"}`
    if (name.includes(values.only)) await searchAll(name, [...casesOf(requests)].filter(isChosen), faults)
  }
console.log(broken === 0 ? "Every promise was kept." : `${broken} cases broke a promise.`)
process.exitCode = broken === 0 ? 0 : 1

async function searchAll(name: string, cases: readonly Case[], faults: number): Promise<void> {
  const sums = { cases: 0, runs: 0, "cut short": 0 }
  const begin = performance.now()
  let shown = begin
  for (const one of cases) {
    const searched = await searchCase(one, { faults, most }).catch(complain)
    sums.cases++
    sums.runs += searched?.runs ?? 0
    if (searched && !searched.isWhole) sums["cut short"]++
    if (performance.now() - shown > 30_000) {
      shown = performance.now()
      console.log(
        `${new Date().toISOString()} ${name}: ${sums.cases} of ${cases.length} cases, ${sums.runs} runs, at ${inWords(one)}`,
      )
    }
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(0)
  console.log(`${name}: ${JSON.stringify(sums)}, ${seconds} s`)
}

function isChosen(one: Case, n: number): boolean {
  return n % parts === part - 1 && inWords(one).includes(values.case)
}

function complain(error: unknown): undefined {
  broken++
  console.error(error instanceof Error ? error.message : error)
}
