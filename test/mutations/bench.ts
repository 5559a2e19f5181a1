import { createVitest, type TestRunResult, type Vitest } from "vitest/node"
import type { Check, Tests } from "./mutation.ts"

// A process in a copy of the repository that runs the tests it is told to, with one Vitest, whose start takes longer than most of
// them. `workbench.ts` begins it and says which.

const vitest = await createVitest({
  watch: false,
  config: "vitest.config.ts",
  project: ["unit", "laws", "operations", "faults", "django"],
  reporters: [{}],
  bail: 1,
  testTimeout: 60_000,
  maxWorkers: 1,
  cache: false,
})

process.on("message", async (request: Request) => {
  if (request === "close") {
    await vitest.close()
    process.exit()
  }
  for (const path of request.changed) vitest.invalidateFile(path)
  process.send!(
    await check(request.tests).catch((error: Error) => ({ isPassed: false, why: String(error.stack) })),
  )
})
process.once("disconnect", () => process.exit())
process.send!("ready")

/** What the process is told: to run tests, after these files have changed; or to end. */
export type Request = { readonly tests: Tests; readonly changed: readonly string[] } | "close"

/** Runs files one after another, up to the first that fails. */
async function check({ files, pattern }: Tests): Promise<Check> {
  if (pattern === undefined) vitest.resetGlobalTestNamePattern()
  else vitest.setGlobalTestNamePattern(pattern)
  let count = 0
  for (const name of files)
    for (const specification of await vitest.globTestSpecifications([`test/${name}`])) {
      forget(vitest)
      const result = await vitest.runTestSpecifications([specification])
      const why = failureIn(result)
      if (why !== undefined) return { isPassed: false, why }
      count += result.testModules.flatMap((each) => [...each.children.allTests("passed")]).length
    }
  return count > 0
    ? { isPassed: true, why: "" }
    : { isPassed: false, why: `No test of ${files.join(" ")} ran` }
}

/** What was found before would end a run at its first test. */
function forget({ state }: Vitest): void {
  state.filesMap.clear()
  state.idMap.clear()
}

function failureIn({ testModules, unhandledErrors }: TestRunResult): string | undefined {
  const errors = testModules.flatMap((each) => [
    ...each.errors(),
    ...[...each.children.allSuites()].flatMap((suite) => suite.errors()),
    ...[...each.children.allTests("failed")].flatMap((test) => test.result().errors ?? []),
  ])
  const [first] = [...errors, ...unhandledErrors] as { readonly stack?: string; readonly message?: string }[]
  if (first) return first.stack ?? first.message ?? "failed"
  return testModules.every((each) => each.ok()) ? undefined : "failed"
}
