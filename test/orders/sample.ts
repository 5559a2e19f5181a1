import { seeded } from "../../src/testing/history/workload.ts"
import { caseBy, inWords } from "./cases.ts"
import { tryCase } from "./check.ts"
import { breathe } from "./time.ts"

/** How large what chance decides may be. */
export interface SampleSize {
  readonly requests: number
  readonly faults: number
}

/** What a sample is of: three requests without a fault, two and three with faults, four without. */
const SIZES: readonly SampleSize[] = [
  { requests: 3, faults: 0 },
  { requests: 2, faults: 1 },
  { requests: 3, faults: 1 },
  { requests: 2, faults: 2 },
  { requests: 4, faults: 0 },
  { requests: 4, faults: 1 },
]

/**
 * Runs that chance decides: so many, from the one with this seed on. `broken` gets the error of each that breaks a promise, which
 * says how to repeat it alone.
 */
export async function sample(seed: number, runs: number, broken: (error: Error) => void): Promise<void> {
  for (let n = 0; n < runs; n++) {
    await runOf(seed + n).catch(broken)
    if (n % 200 === 0) await breathe()
  }
}

async function runOf(seed: number): Promise<void> {
  const random = seeded(Math.imul(seed + 1, SPREAD))
  random()
  const { requests, faults } = SIZES[Math.floor(random() * SIZES.length)]!
  const one = caseBy(random, requests)
  await tryCase(one, random, faults).catch((cause: unknown) => {
    const { message } = cause as Error
    const again = `npm run orders -- --seed ${seed} --sample 1`
    throw new Error(`${message}\n${inWords(one)}\nThe same run again: ${again}`, { cause })
  })
}

/** Makes seeds that follow each other unlike (Knuth). */
const SPREAD = 2_654_435_761
