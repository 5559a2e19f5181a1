import { parseArgs } from "node:util"
import { ARENAS } from "./backends.ts"
import { tryOut } from "./trial.ts"

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    only: { type: "string", default: Object.keys(ARENAS).join(",") },
    seed: { type: "string", default: `${Math.floor(Math.random() * 1e6)}` },
  },
})
const names = values.only.split(",")
const rounds = Math.max(1, Math.round((Number(values.minutes) * 60) / names.length / 30))
console.log(`seed ${values.seed}: ${rounds} rounds of 30 s on each of ${names.join(", ")}`)

const sums = { calls: 0, unanswered: 0, violations: 0 }
for (let round = 0; round < rounds; round++)
  for (const name of names) {
    const open = ARENAS[name]
    if (!open) throw new TypeError(`--only takes ${Object.keys(ARENAS).join(", ")}; it got ${name}`)
    const arena = await open()
    try {
      const { violations, ...verdict } = await tryOut(arena, {
        seconds: 30,
        seed: Number(values.seed) + round,
      })
      console.log(
        `${new Date().toISOString()} ${name}`,
        JSON.stringify({ ...verdict, violations: violations.length }),
      )
      for (const violation of violations.slice(0, 3)) console.log(violation)
      sums.calls += verdict.calls
      sums.unanswered += verdict.unanswered
      sums.violations += violations.length
    } finally {
      await arena.close()
    }
  }
console.log(`in all: ${sums.calls} calls, ${sums.unanswered} unanswered, ${sums.violations} violations`)
process.exitCode = sums.violations > 0 ? 1 : 0
