import { readdirSync, readFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { MUTATIONS } from "./list.ts"
import { broken, described, type Mutation, testsOf } from "./mutation.ts"
import { TEST_FILES } from "./needs.ts"

const SRC = join(import.meta.dirname, "../../src")
const source = (file: string): string => readFileSync(join(SRC, file), "utf8")

/** Files that run and decide nothing. */
const WITHOUT: Readonly<Record<string, string>> = {
  "adapter-kit/gate-type.ts": "a symbol, of which nobody sees the name",
}

/** Whether anything is left of a file without its types, comments, imports and what it hands on from others. */
function runs(file: string): boolean {
  const code = stripTypeScriptTypes(source(file))
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
    .replace(/^(?:import|export)\s[^;"]*?from\s+"[^"]*"/gm, "")
  return code.replace(/[\s;]/g, "") !== ""
}

function isProgram(mutation: Mutation): boolean {
  try {
    stripTypeScriptTypes(broken(source(mutation[0]), mutation))
    return true
  } catch {
    return false
  }
}

describe("the list of mutations", () => {
  it("looks for what is in the sources, once", () => {
    const stale = MUTATIONS.filter(([file, from]) => source(file).split(from).length !== 2)
    expect(stale.map(([file, from]) => `${file}: ${from}`)).toEqual([])
  })

  it("changes something, each time something else, and leaves a program", () => {
    expect(MUTATIONS.filter(([, from, to]) => from === to)).toEqual([])
    const results = MUTATIONS.map((mutation) => `${mutation[0]} ${broken(source(mutation[0]), mutation)}`)
    expect(MUTATIONS.filter((_, n) => results.indexOf(results[n]!) !== n).map(described)).toEqual([])
    expect(MUTATIONS.filter((mutation) => !isProgram(mutation)).map(described)).toEqual([])
  })

  it("names tests that are there", () => {
    const named = new Set(MUTATIONS.flatMap(([, , , text]) => testsOf(text).files))
    expect([...named].filter((part) => !TEST_FILES.some((name) => name.includes(part)))).toEqual([])
  })

  it("has something for each file that does anything", () => {
    const broken = new Set(MUTATIONS.map(([file]) => file))
    const names = readdirSync(SRC, { recursive: true, encoding: "utf8" })
    const files = names.filter((file) => file.endsWith(".ts") && runs(file))
    expect(files.filter((file) => !broken.has(file))).toEqual(Object.keys(WITHOUT))
  })
})
