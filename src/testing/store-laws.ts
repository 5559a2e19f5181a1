import { clearingLaws } from "./store-laws/clearing.ts"
import { creationLaws } from "./store-laws/creation.ts"
import { deadlinesLaws } from "./store-laws/deadlines.ts"
import { historyLaws } from "./store-laws/histories.ts"
import { recordsLaws } from "./store-laws/records.ts"
import type { Law, OpenedStore, TestRunner } from "./store-laws/stage.ts"
import { usersLaws } from "./store-laws/users.ts"
import { versionsLaws } from "./store-laws/versions.ts"

/**
 * The laws of the `Store` contract as tests: whoever passes may be put under holdfast. Each law opens a
 * store of its own, which need not be empty.
 *
 * @example
 * storeLaws("mine", async () => ({ store: myStore(client), close: () => client.close() }))
 */
export function storeLaws(
  name: string,
  open: () => Promise<OpenedStore>,
  runner: TestRunner = globalThis as unknown as TestRunner,
): void {
  const law: Law = (sentence, check) => {
    runner.it(
      sentence,
      async () => {
        const opened = { close: async () => {}, deadlineStep: 1, isIndexApart: false, ...(await open()) }
        try {
          await check(opened)
        } finally {
          await opened.close()
        }
      },
      60_000,
    )
  }

  runner.describe(`the store laws: ${name}`, () => {
    recordsLaws(law)
    creationLaws(law)
    versionsLaws(law)
    deadlinesLaws(law)
    clearingLaws(law)
    usersLaws(law)
    historyLaws(law)
  })
}
