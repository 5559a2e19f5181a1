import { execFile, execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, inject, it } from "vitest"
import type { Verdict } from "./collected.ts"

const here = import.meta.dirname
const urls = JSON.stringify(inject("services"))
const RUNTIMES = {
  Bun: [join(here, "node_modules/.bin/bun"), "laws.ts", urls],
  Deno: [join(here, "node_modules/.bin/deno"), "run", "-A", "--node-modules-dir=manual", "laws.ts", urls],
  Workers: [process.execPath, "workerd.ts"],
} as const

if (!existsSync(join(here, "node_modules/.package-lock.json")))
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: "inherit" })

for (const [name, [program, ...args]] of Object.entries(RUNTIMES)) {
  const verdicts = await judge(program, args)
  describe(name, () => {
    it("is held to as many laws as there are", () => {
      expect(verdicts.length).toBeGreaterThan(name === "Workers" ? 90 : 250)
    })
    for (const verdict of verdicts)
      it(verdict.name, () => {
        expect(verdict.error).toBeUndefined()
      })
  })
}

/** What the laws in another runtime came to. */
async function judge(program: string, args: readonly string[]): Promise<Verdict[]> {
  const { stdout } = await promisify(execFile)(program, args, { cwd: here, maxBuffer: 1e8 })
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Verdict)
}
