import { parseArgs } from "node:util"
import { ARENAS, PAIRS } from "./backends.ts"
import { tryOut, type Verdict } from "./trial.ts"

// Tries every store, or those named, for so many minutes in all: `npm run judge -- --minutes 60 --only redis,sqlite --seed 7`.

const PLACES = { ...ARENAS, ...PAIRS }
const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    only: { type: "string", default: Object.keys(PLACES).join(",") },
    seed: { type: "string", default: `${Math.floor(Math.random() * 1e6)}` },
  },
})
const names = values.only.split(",")
const unknown = names.find((name) => !(name in PLACES))
if (unknown !== undefined)
  throw new TypeError(`--only takes ${Object.keys(PLACES).join(", ")}; it got ${unknown}`)
const rounds = Math.max(1, Math.round((Number(values.minutes) * 60) / names.length / 30))
console.log(`seed ${values.seed}: ${rounds} rounds of 30 s on each of ${names.join(", ")}`)

// Servers end with the process that started them.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

/** What the rounds on a store came to. */
interface Sum {
  calls: number
  unanswered: number
  faults: number
  violations: number
}

const sums = new Map<string, Sum>(
  [...names, "all"].map((name) => [name, { calls: 0, unanswered: 0, faults: 0, violations: 0 }]),
)

function add(sum: Sum, { calls, unanswered, faults, violations }: Verdict): void {
  sum.calls += calls
  sum.unanswered += unanswered
  sum.faults += Object.values(faults).reduce((one, other) => one + other, 0)
  sum.violations += violations.length
}

for (let round = 0; round < rounds; round++)
  for (const name of names) {
    const arena = await PLACES[name]!()
    try {
      const verdict = await tryOut(arena, { seconds: 30, seed: Number(values.seed) + round })
      const { violations, ...rest } = verdict
      console.log(new Date().toISOString(), name, JSON.stringify({ ...rest, violations: violations.length }))
      for (const violation of violations.slice(0, 3)) console.log(violation)
      for (const each of [name, "all"]) add(sums.get(each)!, verdict)
    } finally {
      await arena.close()
    }
  }

const number = (n: number): string => n.toLocaleString("en")
console.log(
  "\n| store | calls | without an answer | faults | violations |\n| --- | ---: | ---: | ---: | ---: |",
)
for (const [name, sum] of sums)
  console.log(
    `| ${name} | ${number(sum.calls)} | ${number(sum.unanswered)} | ${number(sum.faults)} | ${number(sum.violations)} |`,
  )
process.exitCode = sums.get("all")!.violations > 0 ? 1 : 0
