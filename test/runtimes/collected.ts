import type { TestRunner } from "../../src/testing/index.ts"

/** What became of a law: `error` is what it failed with. */
export interface Verdict {
  readonly name: string
  readonly error?: string
}

/** A test runner for where there is none: collects laws, and checks them one after another when it is told to. */
export function collectLaws(): TestRunner & { run(tell: (verdict: Verdict) => void): Promise<void> } {
  const laws: { readonly name: string; readonly check: () => Promise<void> }[] = []
  const place: string[] = []
  return {
    describe(name, body) {
      place.push(name)
      body()
      place.pop()
    },
    it(name, check) {
      laws.push({ name: [...place, name].join(": "), check })
    },
    async run(tell) {
      for (const { name, check } of laws)
        await check().then(
          () => tell({ name }),
          (error: unknown) => tell({ name, error: String((error as Error)?.stack ?? error) }),
        )
    },
  }
}
