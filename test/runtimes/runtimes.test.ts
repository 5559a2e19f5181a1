import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { describe, expect, inject, it } from "vitest"
import { adapterLaws, storeLaws } from "../../src/testing/index.ts"
import { adapters } from "../adapters/serve.ts"
import { find } from "../services/programs.ts"
import { collectLaws, type Verdict } from "./collected.ts"

const here = import.meta.dirname
const urls = JSON.stringify(inject("services"))
const stores = ["memory", "sqlite", "file", ...Object.keys(inject("services"))]

interface Runtime {
  readonly command: readonly [program: string, ...args: string[]]
  /** What is checked there. */
  readonly names: readonly string[]
}

const RUNTIMES: Readonly<Record<string, Runtime>> = {
  Bun: {
    command: [join(here, "node_modules/.bin/bun"), "laws.ts", urls],
    names: namesOf([...stores, "bun:sqlite"], Object.keys(adapters)),
  },
  Deno: {
    command: [
      join(here, "node_modules/.bin/deno"),
      "run",
      "-A",
      "--node-modules-dir=manual",
      "laws.ts",
      urls,
    ],
    names: namesOf(stores, Object.keys(adapters)),
  },
  Workers: {
    command: [process.execPath, "workerd.ts"],
    names: [
      "keeps the session of a site from one request to the next",
      ...namesOf(["memory", "d1"], ["fetch", "hono 4"]),
    ],
  },
}

const isThere = find("runtimes") !== undefined
if (!isThere) it.skip("Bun, Deno and Workers: their packages are not installed", () => {})

for (const [name, { command, names }] of isThere ? Object.entries(RUNTIMES) : []) {
  const verdicts = await judge(...command)
  describe(name, () => {
    it("is held to every law", () => {
      expect(verdicts.map((verdict) => verdict.name).sort()).toEqual(names.toSorted())
    })
    for (const verdict of verdicts)
      it(verdict.name, () => {
        expect(verdict.error).toBeUndefined()
      })
  })
}

function namesOf(stores: readonly string[], adapters: readonly string[]): readonly string[] {
  const laws = collectLaws()
  const never = (): never => {
    throw new Error("These laws are checked elsewhere")
  }
  for (const name of stores) storeLaws(name, never, laws)
  for (const name of adapters) {
    adapterLaws(`${name}, memory`, never, { open: never }, laws)
    adapterLaws(`${name}, sealed`, never, { seal: [""] }, laws)
  }
  return laws.names
}

/** What the laws in another runtime came to. */
async function judge(program: string, ...args: string[]): Promise<Verdict[]> {
  const limits = { maxBuffer: 1e8, timeout: 600_000, killSignal: "SIGKILL" } as const
  const { stdout } = await promisify(execFile)(program, args, { cwd: here, ...limits })
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Verdict)
}
