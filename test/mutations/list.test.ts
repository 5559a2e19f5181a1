import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { MUTATIONS } from "./list.ts"

const source = (file: string): string => readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8")

describe("the list of mutations", () => {
  it("looks for what is in the sources, once", () => {
    const stale = MUTATIONS.filter(([file, from]) => source(file).split(from).length !== 2)
    expect(stale.map(([file, from]) => `${file}: ${from}`)).toEqual([])
  })

  it("changes something", () => {
    expect(MUTATIONS.filter(([, from, to]) => from === to)).toEqual([])
  })
})
