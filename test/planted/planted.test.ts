import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { adapterLaws, storeLaws } from "../../src/testing/index.ts"
import { COUNTERPARTS } from "../protocol/switches.ts"
import { ADAPTER_FAULTS, serveBy } from "./adapters.ts"
import { lawsOf } from "./laws.ts"
import { faulty, HISTORIES, STORE_FAULTS } from "./stores.ts"

// The faults that only histories find are planted in unit/judge.test.ts.
const STORES = Object.entries(STORE_FAULTS).filter(([, { law }]) => law !== HISTORIES)

describe("the published laws find", () => {
  it.each(STORES)("%s", async (_name, fault) => {
    const laws = lawsOf((runner) =>
      storeLaws("wrong", async () => ({ store: faulty(memoryStore(), fault) }), runner),
    )
    await expect(laws.get(fault.law)!()).rejects.toThrow()
  })

  it.each(Object.entries(ADAPTER_FAULTS))("%s", async (_name, { law, wrong }) => {
    const laws = lawsOf((runner) =>
      adapterLaws("wrong", serveBy(wrong), { open: async () => ({ store: memoryStore() }) }, runner),
    )
    await expect(laws.get(law)!()).rejects.toThrow()
  })
})

describe("an adapter without a fault", () => {
  const right = lawsOf((runner) =>
    adapterLaws("right", serveBy(), { open: async () => ({ store: memoryStore() }) }, runner),
  )
  for (const [sentence, check] of right) it(sentence, check)
})

describe("docs/correctness.md", () => {
  const page = readFileSync(new URL("../../docs/correctness.md", import.meta.url), "utf8")

  it("names each planted fault and the law that finds it", () => {
    const rows = Object.entries({ ...STORE_FAULTS, ...ADAPTER_FAULTS }).map(
      ([name, { law }]) => `| ${name} | ${law} |`,
    )
    expect(rows.filter((row) => !page.includes(row))).toEqual([])
  })

  it("says of the engine's what is broken, and which tests find it", () => {
    const rows = [...page.matchAll(/\| `(.+)` \| `(core\/.+)` \| `test\/(.+)` \|/g)]
    expect(rows.length).toBeGreaterThan(10)
    for (const [, key, file, tests] of rows) {
      const counterpart = COUNTERPARTS[key!]
      expect(counterpart, key).toMatchObject({
        mutation: [file, expect.any(String), expect.any(String), expect.stringContaining(tests!)],
      })
    }
  })
})
