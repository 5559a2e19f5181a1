import type { TestRunner } from "../../src/testing/index.ts"

/** The laws that are said to a test runner, each by its sentence, to be checked one by one. */
export function collectedLaws(say: (runner: TestRunner) => void): ReadonlyMap<string, () => Promise<void>> {
  const laws = new Map<string, () => Promise<void>>()
  say({
    describe: (_name, body) => body(),
    it: (sentence, check) => void laws.set(sentence, check),
  })
  return laws
}
