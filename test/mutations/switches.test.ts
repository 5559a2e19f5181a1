import { describe, expect, it } from "vitest"
import { type Configuration, configurations } from "../protocol/configurations.ts"
import { COUNTERPARTS, RULE_MUTATIONS } from "../protocol/switches.ts"
import { MUTATIONS } from "./list.ts"

/** The switches that stand for circumstances alone: some configuration with them holds. */
const circumstances = new Set(configurations.filter(({ verdict }) => verdict === "holds").flatMap(switchesOf))

function switchesOf({ model, flags }: Configuration): readonly string[] {
  return [...flags.matchAll(/-D(\w+)(?![\w=])/g)].map(([, name]) => `${model} ${name}`)
}

/** What a configuration leaves out of the rules, as the table calls it. */
function leftOutBy(configuration: Configuration): readonly string[] {
  const rules = switchesOf(configuration).filter((name) => !circumstances.has(name))
  return rules.length > 0 ? rules : [`${configuration.model} ${configuration.flags}`]
}

describe("the table of what the models leave out", () => {
  it("has each rule that is left out, and no other", () => {
    const broken = configurations.filter(({ verdict }) => verdict === "breaks")
    expect(Object.keys(COUNTERPARTS).sort()).toEqual([...new Set(broken.flatMap(leftOutBy))].sort())
  })

  it("names mutations that the code is tried with", () => {
    expect(RULE_MUTATIONS.filter((mutation) => !MUTATIONS.includes(mutation))).toEqual([])
  })
})
