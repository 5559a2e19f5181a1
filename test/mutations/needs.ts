import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { STORES } from "../services/stores.ts"
import type { Tests } from "./mutation.ts"

const TEST = join(import.meta.dirname, "..")

/** The files of tests, by their paths in test/. */
export const TEST_FILES: readonly string[] = readdirSync(TEST, { recursive: true, encoding: "utf8" }).filter(
  (name) => name.endsWith(".test.ts") && !name.includes("node_modules"),
)

/** The stores that tests describe, for `STORES`. */
export function storesOf({ files }: Tests): string {
  const chosen = TEST_FILES.filter((name) => files.some((part) => name.includes(part)))
  return [...new Set(["memory", "sqlite", "file", ...chosen.flatMap(describedIn)])].sort().join()
}

function describedIn(file: string): readonly string[] {
  const text = readFileSync(join(TEST, file), "utf8")
  const isAny = /describe(?:Store|Server)\((?!")/.test(text)
  const names = isAny ? /"([\w-]+)"/g : /describe(?:Store|Server)\("([\w-]+)"/g
  return [...text.matchAll(names)].flatMap(([, name = ""]) => (STORES.includes(name) ? [name] : []))
}
