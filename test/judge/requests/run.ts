import { parseArgs } from "node:util"
import { FRAMEWORKS, PLACES } from "./places.ts"
import { tryOut } from "./verdict.ts"

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    only: { type: "string", default: Object.keys(PLACES).join(",") },
    frameworks: { type: "string", default: FRAMEWORKS.join(",") },
    seed: { type: "string", default: `${Math.floor(Math.random() * 1e6)}` },
    calm: { type: "boolean", default: false },
  },
})
const names = chosen(values.only, Object.keys(PLACES))
const frameworks = chosen(values.frameworks, FRAMEWORKS)
const rounds = Math.max(1, Math.round((Number(values.minutes) * 60) / names.length / 30))
console.log(`seed ${values.seed}: ${rounds} rounds of 30 s on each of ${names.join(", ")}`)

const sums = { requests: 0, unknown: 0, entitled: 0, offences: 0 }
for (let round = 0; round < rounds; round++)
  for (const [n, name] of names.entries()) {
    const place = await PLACES[name]!()
    const framework = frameworks[(round + n) % frameworks.length]!
    try {
      const { arena, ...rest } = place
      const { offences, ...verdict } = await tryOut(values.calm ? rest : place, framework, {
        seconds: 30,
        seed: Number(values.seed) + round,
      })
      const counts = JSON.stringify({ ...verdict, offences: offences.length })
      console.log(`${new Date().toISOString()} ${name} ${framework}`, counts)
      for (const offence of offences.slice(0, 3)) console.log(offence)
      sums.requests += verdict.requests
      sums.unknown += verdict.unknown
      sums.entitled += verdict.entitled
      sums.offences += offences.length
    } finally {
      await place.close()
    }
  }
console.log(
  `in all: ${sums.requests} requests, ${sums.unknown} without a good answer, ${sums.entitled} that had to find their session, ${sums.offences} offences`,
)
process.exitCode = sums.offences > 0 ? 1 : 0

function chosen<Name extends string>(text: string, known: readonly Name[]): Name[] {
  return text.split(",").map((name) => {
    if ((known as readonly string[]).includes(name)) return name as Name
    throw new TypeError(`It takes ${known.join(", ")}; it got ${name}`)
  })
}
