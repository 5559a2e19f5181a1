import { execFileSync, spawnSync } from "node:child_process"
import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { installPackages } from "../services/install.ts"
import { findProgram } from "../services/server.ts"
import { type Configuration, configurations } from "./configurations.ts"

// Searches every configuration of the models to its end and compares with what it must come to: some four minutes.
// `npm run protocol`, `npm run protocol -- mark`, or with the flags of one configuration to see its shortest counterexample:
// `npm run protocol -- secret -DN=2 -DALLOW=12`

const [only, ...flags] = process.argv.slice(2)
const missing = ["spin", "gcc"].filter((program) => !findProgram(program))
if (missing.length > 0 && !installPackages(...missing)) {
  console.error("The models need spin and gcc, which can't be installed here: nothing was searched")
  process.exit(1)
}

if (flags.length > 0) console.log(counterexample(only!, flags))
else {
  let surprises = 0
  for (const configuration of configurations) {
    const { model, verdict, why } = configuration
    if (only && only !== model) continue
    const found = search(configuration)
    if (found.verdict !== verdict) surprises++
    const mark = found.verdict === verdict ? "✓" : "✗"
    console.log(
      `${mark} ${model} ${verdict}: ${why} (${configuration.flags}) ${found.verdict === verdict ? "" : `BUT ${found.verdict} `}${found.states} states`,
    )
  }
  console.log(
    surprises === 0 ? "Every verdict is as expected." : `${surprises} verdicts are not as expected.`,
  )
  process.exitCode = surprises === 0 ? 0 : 1
}

/** Builds the verifier of a model and runs `work` beside it. */
function withVerifier<Result>(
  model: string,
  switches: readonly string[],
  defines: readonly string[],
  work: (directory: string) => Result,
): Result {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-protocol-"))
  try {
    copyFileSync(join(import.meta.dirname, `${model}.pml`), join(directory, "model.pml"))
    execFileSync("spin", ["-a", ...switches, "model.pml"], { cwd: directory, stdio: "pipe" })
    const options = ["-O2", "-w", "-DSAFETY", "-DMEMLIM=6000", ...defines, "-o", "verify", "pan.c"]
    execFileSync("gcc", options, { cwd: directory })
    return work(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function search({ model, flags }: Configuration): { verdict: string; states: string } {
  return withVerifier(model, flags.split(" "), ["-DCOLLAPSE"], (cwd) => {
    const { stdout } = spawnSync("./verify", ["-m200000"], { cwd, encoding: "utf8", timeout: 300_000 })
    const errors = /errors: (\d+)/.exec(stdout)?.[1]
    const verdict = errors === undefined ? "was not searched to its end" : errors === "0" ? "holds" : "breaks"
    return { verdict, states: /(\d+) states, stored/.exec(stdout)?.[1] ?? "?" }
  })
}

/** The shortest way to break a property, a line for each thing that happens. */
function counterexample(model: string, switches: readonly string[]): string {
  return withVerifier(model, switches, ["-DREACH"], (cwd) => {
    spawnSync("./verify", ["-i", "-m3000"], { cwd, stdio: "ignore", timeout: 300_000 })
    const { stdout } = spawnSync("spin", ["-t", ...switches, "model.pml"], { cwd, encoding: "utf8" })
    // What happened comes first; the state at the end is indented by tabs.
    const lines = stdout.split("\n").filter((line) => !/^spin:|^Never|^#|^\t|^\s*\d+:\s*proc/.test(line))
    return lines.join("\n").trim() || "No property is broken"
  })
}
