import { execFileSync } from "node:child_process"
import { randomInt } from "node:crypto"
import { parseArgs } from "node:util"
import { sample } from "./choice.ts"
import { MUTATIONS } from "./list.ts"
import { described, type Mutation, type Tests, testsOf } from "./mutation.ts"
import { storesOf } from "./needs.ts"
import { newWorkbench, type Workbench } from "./workbench.ts"

// Breaks the sources on purpose, one line at a time, in copies of the repository, and shows whether the tests that are
// there for it fail. `npm run mutations -- [PART …] [--changed] [--sample 20] [--seed 7] [--workers 2]`: a PART is in the
// file's name, --changed tries the files that differ from the last commit, --workers says how many copies are at work.

const { positionals: parts, values } = parseArgs({
  allowPositionals: true,
  options: {
    changed: { type: "boolean", default: false },
    sample: { type: "string" },
    seed: { type: "string" },
    workers: { type: "string", default: "1" },
  },
})
const chosen = inGroups(choose())
/** Whether tests pass where nothing is broken. */
const sound = new Map<string, Promise<boolean>>()
const benches = Array.from({ length: Number(values.workers) }, newWorkbench)
try {
  const survivors = await tryAll()
  for (const one of survivors) console.log(`SURVIVED ${described(one)}`)
  console.log(survivors.length === 0 ? "All were caught." : `${survivors.length} were not caught.`)
  process.exitCode = survivors.length === 0 ? 0 : 1
} finally {
  await Promise.all(benches.map((bench) => bench.close()))
}

function choose(): readonly Mutation[] {
  const changed = values.changed ? changedFiles() : undefined
  const wanted = MUTATIONS.filter(
    ([file]) =>
      (parts.length === 0 || parts.some((part) => file.includes(part))) && (changed?.includes(file) ?? true),
  )
  if (values.sample === undefined) return wanted
  const seed = Number(values.seed ?? randomInt(1_000_000))
  console.log(`--sample ${values.sample} --seed ${seed}`)
  return sample(wanted, Number(values.sample), seed)
}

/** Those of src/ that differ from the last commit. */
function changedFiles(): readonly string[] {
  const names = execFileSync("git", ["diff", "--name-only", "HEAD", "--", "src"], { encoding: "utf8" })
  return names
    .split("\n")
    .filter(Boolean)
    .map((name) => name.replace(/^src\//, ""))
}

/** Those with the same tests, and those that need the same servers, come together. */
function inGroups(mutations: readonly Mutation[]): readonly Mutation[] {
  const groups = Map.groupBy(mutations, ([, , , tests]) => storesOf(testsOf(tests)))
  return [...groups.values()].flatMap((group) =>
    [...Map.groupBy(group, ([, , , tests]) => tests).values()].flat(),
  )
}

async function tryAll(): Promise<readonly Mutation[]> {
  const survivors: Mutation[] = []
  const left = chosen.entries()
  await Promise.all(
    benches.map(async (bench) => {
      for (const [n, mutation] of left) {
        const isCaught = await isNoticed(bench, mutation)
        if (!isCaught) survivors.push(mutation)
        console.log(
          `${n + 1} of ${chosen.length}: ${isCaught ? "caught  " : "SURVIVED"} ${described(mutation)}`,
        )
      }
    }),
  )
  return survivors
}

/** Whether one of the files of tests fails with the mutation, and only with it. They are tried in their order. */
async function isNoticed(bench: Workbench, mutation: Mutation): Promise<boolean> {
  const tests = testsOf(mutation[3])
  for (const file of tests.files) {
    const one = { ...tests, files: [file], stores: storesOf(tests) }
    if ((await isSound(bench, one)) && (await bench.catches(mutation, one))) return true
  }
  return false
}

/** Whether the tests pass where nothing is broken: what fails anyway catches nothing. */
function isSound(bench: Workbench, tests: Tests): Promise<boolean> {
  const name = `${tests.files} ${tests.pattern ?? ""}`
  const known =
    sound.get(name) ??
    bench.check(tests).then(({ isPassed, why }) => {
      if (!isPassed) console.log(`Unbroken sources fail already: ${name}\n${why}`)
      return isPassed
    })
  sound.set(name, known)
  return known
}
