import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { STORES } from "../services/stores.ts"
import { MUTATIONS } from "./list.ts"

// Breaks the sources on purpose, one line at a time, in a copy of the repository, and shows whether the tests that
// are there for it fail. `npm run mutations [-- part of a file's name]`; takes an hour or two for all.

const chosen = MUTATIONS.filter(([file]) => file.includes(process.argv[2] ?? ""))
const root = join(import.meta.dirname, "../..")
const copy = mkdtempSync(join(tmpdir(), "holdfast-mutations-"))
for (const name of ["src", "test", "docs", "package.json", "tsconfig.json", "vitest.config.ts"])
  cpSync(join(root, name), join(copy, name), { recursive: true })
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))

let survivors = 0
const sound = new Set<string>()
try {
  for (const [n, [file, from, to, tests]] of chosen.entries()) {
    // What fails anyway catches nothing.
    if (!sound.has(tests) && !pass(tests)) throw new Error(`Unbroken sources fail already: ${tests}`)
    sound.add(tests)
    const path = join(copy, "src", file)
    const text = readFileSync(path, "utf8")
    writeFileSync(
      path,
      text.replace(from, () => to),
    )
    const isCaught = !pass(tests)
    writeFileSync(path, text)
    if (!isCaught) survivors++
    const change = `${file.padEnd(24)} ${from.replaceAll(/\s+/g, " ").slice(0, 70).padEnd(70)}`
    console.log(`${n + 1} of ${chosen.length}: ${isCaught ? "caught  " : "SURVIVED"} ${change} ${tests}`)
  }
} finally {
  rmSync(copy, { recursive: true })
}
console.log(survivors === 0 ? "All were caught." : `${survivors} were not caught.`)
process.exitCode = survivors === 0 ? 0 : 1

/** Whether the tests pass. */
function pass(tests: string): boolean {
  const files = tests.split(" ").map((name) => `test/${name}`)
  const flags = [
    "--project",
    "unit",
    "--project",
    "laws",
    "--project",
    "operations",
    "--project",
    "django",
    "--project",
    "faults",
    "--bail",
    "1",
    "--testTimeout",
    "20000",
  ]
  const vitest = join(copy, "node_modules/vitest/vitest.mjs")
  const { status } = spawnSync(process.execPath, [vitest, "run", ...flags, ...files], {
    cwd: copy,
    timeout: 180_000,
    env: {
      ...process.env,
      CI: "1",
      STORES: ["memory", "sqlite", "file", ...STORES.filter((name) => tests.includes(name))].join(),
    },
  })
  return status === 0
}
