import { concurrencyLaws } from "./adapter-laws/concurrency.ts"
import { cookiesLaws } from "./adapter-laws/cookies.ts"
import { failuresLaws } from "./adapter-laws/failures.ts"
import { loadingLaws } from "./adapter-laws/loading.ts"
import { responsesLaws } from "./adapter-laws/responses.ts"
import { signingInLaws } from "./adapter-laws/signing-in.ts"
import { type LawEngine, type Laws, type SayLaw, type Serve, setStage } from "./adapter-laws/stage.ts"
import type { TestRunner } from "./store-laws/stage.ts"

/**
 * The laws of an adapter as tests, over real HTTP, with sessions in the engine given. Sealed
 * sessions are held to those laws only that a cookie can keep.
 *
 * @example
 * adapterLaws("mine", serveMine, { open: async () => ({ store: myStore() }) })
 */
export function adapterLaws(
  name: string,
  serve: Serve,
  engine: LawEngine,
  runner: TestRunner = globalThis as unknown as TestRunner,
): void {
  const law: SayLaw = (sentence, check) => {
    runner.it(
      sentence,
      async () => {
        const stage = await setStage(serve, engine)
        try {
          await check(stage)
        } finally {
          await stage.close()
        }
      },
      30_000,
    )
  }

  const laws: Laws = { law, storedLaw: "open" in engine ? law : () => {} }

  runner.describe(`the adapter laws: ${name}`, () => {
    loadingLaws(laws)
    cookiesLaws(laws)
    signingInLaws(laws)
    failuresLaws(laws)
    responsesLaws(laws)
    concurrencyLaws(laws)
  })
}
