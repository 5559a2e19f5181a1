import { randomInt } from "node:crypto"
import { describe, expect, it } from "vitest"
import { casesOf, inWords } from "./cases.ts"
import { searchCase } from "./check.ts"
import { sample } from "./sample.ts"
import { placeNames } from "./worlds.ts"

// Requests of one session in every order of their store calls. `check.ts` has what must hold in each. Here are all pairs, and more
// requests and faults by chance; `npm run orders` searches these too.

// One that is given up runs on, and spoils those that follow: a busy machine may take many times longer than an idle one.
describe("every order of two requests", { timeout: 600_000 }, () => {
  const cases = [...casesOf(2)]
  it.each(placeNames)("C-9, D-4, %s", async (place) => {
    for (const one of cases.filter((each) => each.place === place)) {
      const { runs, isWhole } = await searchCase(one)
      expect([runs > 0, isWhole], inWords(one)).toEqual([true, true])
    }
  })
})

it("D-8, D-9: some orders of two, three and four requests, some of them with faults", {
  timeout: 600_000,
}, async () => {
  const broken: string[] = []
  await sample(randomInt(1_000_000_000), RUNS, ({ message }) => broken.push(message))
  expect(broken.slice(0, 3)).toEqual([])
})

const RUNS = 10_000
