import { seeded } from "../../src/testing/index.ts"
import type { Mutation } from "./mutation.ts"

/** Some of the mutations, by chance: the same seed chooses the same ones of the same list. */
export function sample(mutations: readonly Mutation[], count: number, seed: number): readonly Mutation[] {
  const random = seeded(seed)
  const left = [...mutations]
  const size = Math.min(count, left.length)
  return Array.from({ length: size }, () => left.splice(Math.floor(random() * left.length), 1)[0]!)
}
