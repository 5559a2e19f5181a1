import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"

// What the documentation shows is code that compiles. Inside the repository, so that the package finds itself.

const page = readFileSync(join(import.meta.dirname, "../../docs/django.md"), "utf8")
const examples = [...page.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]!)
const directory = mkdtempSync(join(import.meta.dirname, "docs-"))
afterAll(() => rmSync(directory, { recursive: true }))

/** What the shorter examples take from the first one, or from the application. */
const GIVEN = `
import { decodeSession, djangoSessions } from "holdfast/django"
import type { Store } from "holdfast"
import type { Pool } from "pg"
declare const database: Pool
declare const store: Store
declare const row: { readonly session_data: string }
declare const secretKey: string
`

const CONFIG = {
  extends: "../../../tsconfig.json",
  compilerOptions: { noUnusedLocals: false, isolatedDeclarations: false, declaration: false },
  include: ["."],
  exclude: [],
}

it("compiles, each example of docs/django.md", () => {
  expect(examples.length).toBeGreaterThan(3)
  for (const [n, example] of examples.entries()) {
    const imported = example.includes("import ") ? GIVEN.replace(/import \{ decode.*/, "") : GIVEN
    writeFileSync(join(directory, `example${n}.ts`), n === 0 ? example : `${imported}\n${example}`)
  }
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(CONFIG))
  const tsc = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc")
  const { stdout, status } = spawnSync(process.execPath, [tsc, "-p", directory], { encoding: "utf8" })
  expect(stdout).toBe("")
  expect(status).toBe(0)
})
