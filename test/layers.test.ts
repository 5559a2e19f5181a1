import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { expect, it } from "vitest"

/** What the folder of a backend may import beside itself. It needs a line in the table only to import more. */
const BACKEND = [
  "core/store.ts",
  "core/record.ts",
  "core/check-store.ts",
  "core/option-names.ts",
  "core/option-values.ts",
  "core/shown.ts",
  "stores/backend.ts",
  "stores/clock-finding.ts",
  "stores/disk-findings.ts",
  "stores/package.ts",
  "stores/record-text.ts",
  "stores/server-clock.ts",
]

// The house's floor plan: what each room may import. Rooms are folders of src/; a file stands for itself.
const TABLE: Readonly<Record<string, readonly string[]>> = {
  core: ["core"],
  "index.ts": ["core"],
  stores: BACKEND,
  "stores/sqlite": ["stores/sqlite", "stores/sql", ...BACKEND],
  "stores/url": ["stores", ...BACKEND],
  "adapter-kit": [
    "index.ts",
    "core/headers.ts",
    "core/option-names.ts",
    "core/option-values.ts",
    "core/session.ts",
    "core/shown.ts",
    "adapter-kit",
  ],
  adapters: ["index.ts", "core/option-names.ts", "adapter-kit"],
  testing: ["index.ts", "testing"],
  django: ["index.ts", "core", "stores", "django"],
  cli: ["index.ts", "core/seal.ts", "core/token.ts", "core/why-no-cookie.ts", "stores", "django", "cli"],
}

const src = join(import.meta.dirname, "../src")
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"))
const imports = new Map(files.map((file) => [file, importsOf(file)]))

it.each(files)("%s imports only what lies below its room", (file) => {
  const folder = dirname(file)
  const isBackend = folder.startsWith("stores/")
  const room = file.split("/", isBackend ? 2 : 1).join("/")
  const allowed = TABLE[room] ?? (isBackend ? [room, ...BACKEND] : undefined)
  expect(allowed, `give the room ${room} a line in this table and in ARCHITECTURE.md`).toBeDefined()
  const strays = imports
    .get(file)!
    .filter((target) => !allowed!.some((place) => `${target}/`.startsWith(`${place}/`)))
  expect(strays, `${file} may import ${allowed!.join(", ")}, no more: see ARCHITECTURE.md`).toEqual([])
})

it.each([
  "adapters/fetch.ts",
  "adapters/hono.ts",
  "index.ts",
])("%s needs nothing of Node's servers", (file) => {
  const reached = new Set([file])
  for (const one of reached) for (const target of imports.get(one) ?? []) reached.add(target)
  const servers = /from "node:(?:http|http2|net|stream|async_hooks|events)"/
  expect([...reached].filter((one) => servers.test(readFileSync(join(src, one), "utf8")))).toEqual([])
})

it("no file imports itself in a circle", () => {
  for (const file of files) {
    const seen = new Set<string>()
    const walk = (from: string, path: readonly string[]): void => {
      for (const target of imports.get(from) ?? []) {
        expect(target, `a circle: ${[...path, target].join(" → ")}`).not.toBe(file)
        if (seen.has(target)) continue
        seen.add(target)
        walk(target, [...path, target])
      }
    }
    walk(file, [file])
  }
})

/** The files of ours that a file imports, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), "utf8")
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) => match[1]!)
  return specifiers.map((specifier) => relative(src, join(src, dirname(file), specifier)))
}
