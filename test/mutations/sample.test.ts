import { randomInt } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sample } from "./choice.ts"
import { MUTATIONS } from "./list.ts"
import { described, type Mutation, testsOf } from "./mutation.ts"
import { newWorkbench, type Workbench } from "./workbench.ts"

// A few mutations with each run, by chance, so that the list does not grow old between two runs of all of it.
// MUTATION_SEED=7 chooses those of a run once more.

const COUNT = 4
const SEED = Number(process.env.MUTATION_SEED ?? randomInt(1_000_000))

/** Tests that take long, or more than one process. */
const SLOW =
  /judge|token-engine|session|interleavings|orders|hostile|misuse|near-copies|cli-|url|laws|package|data-cost|hot-path/

/** Whether its tests take a second or two and need no server. */
function isQuick([, , , tests]: Mutation): boolean {
  return testsOf(tests).files.every((file) => file.startsWith("unit/") && !SLOW.test(file))
}

const chosen = sample(MUTATIONS.filter(isQuick), COUNT, SEED)

describe(`mutations of the seed ${SEED}`, () => {
  let bench: Workbench
  beforeAll(() => {
    console.log(`MUTATION_SEED=${SEED}`)
    bench = newWorkbench()
  })
  afterAll(() => bench.close())

  it.each(chosen.map((mutation) => ({ mutation, text: described(mutation) })))("are noticed: $text", async ({
    mutation,
  }) => {
    expect(await bench.catches(mutation), `MUTATION_SEED=${SEED}: no test notices it`).toBe(true)
  })
})
