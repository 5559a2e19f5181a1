import type { TestRunner } from "../../src/testing/index.ts"

/** What became of a law: `error` is what it failed with. */
export interface Verdict {
  readonly name: string
  readonly error?: string
}

/** Laws that wait to be checked. */
export interface Collected extends TestRunner {
  readonly names: readonly string[]
  /** Checks them one after another. */
  run(tell: (verdict: Verdict) => void): Promise<void>
}

/** A test runner for where there is none. */
export function collectLaws(): Collected {
  const laws: Law[] = []
  const place: string[] = []
  return {
    describe(name, body) {
      place.push(name)
      body()
      place.pop()
    },
    it(name, check, timeout = 60_000) {
      laws.push({ name: [...place, name].join(": "), check, timeout })
    },
    get names() {
      return laws.map(({ name }) => name)
    },
    async run(tell) {
      for (const { name, check, timeout } of laws)
        await inTime(check(), timeout).then(
          () => tell({ name }),
          (error: unknown) => tell({ name, error: String((error as Error)?.stack ?? error) }),
        )
    },
  }
}

interface Law {
  readonly name: string
  readonly check: () => Promise<void>
  readonly timeout: number
}

async function inTime(check: Promise<void>, timeout: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not done in ${timeout} ms`)), timeout)
  })
  try {
    await Promise.race([check, late])
  } finally {
    clearTimeout(timer)
  }
}
