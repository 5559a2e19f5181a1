import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { COUNTERPARTS } from "../protocol/switches.ts"
import { WRONG_ADAPTERS } from "./adapters.ts"
import { WRONG_HISTORIES } from "./histories.ts"
import { WRONG_STORES } from "./stores.ts"

const page = readFileSync(new URL("../../docs/correctness.md", import.meta.url), "utf8")

it("docs/correctness.md names each planted fault and the law that finds it", () => {
  const rows = Object.entries({ ...WRONG_STORES, ...WRONG_ADAPTERS }).flatMap(([law, faults]) =>
    Object.keys(faults).map((name) => `| ${name} | ${law} |`),
  )
  const histories = Object.keys(WRONG_HISTORIES).map((name) => `- ${name}`)
  expect([...rows, ...histories].filter((row) => !page.includes(row))).toEqual([])
})

it("docs/correctness.md says what is broken in the engine, and which tests find it", () => {
  const rows = [...page.matchAll(/\| `(.+)` \| `(core\/.+)` \| `test\/(.+)` \|/g)]
  expect(rows.length).toBeGreaterThan(10)
  for (const [, key, file, tests] of rows)
    expect(COUNTERPARTS[key!], key).toMatchObject({
      mutation: [file, expect.any(String), expect.any(String), expect.stringContaining(tests!)],
    })
})
