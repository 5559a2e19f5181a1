import type { TestRunner } from "../../src/testing/index.ts"

/** The published laws, caught before a test runner has them: each by its sentence. */
export function lawsOf(say: (runner: TestRunner) => void): ReadonlyMap<string, () => Promise<void>> {
  const laws = new Map<string, () => Promise<void>>()
  say({ describe: (_name, body) => body(), it: (sentence, check) => laws.set(sentence, check) })
  return laws
}
