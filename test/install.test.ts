import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"

// `npm ci` must work on a machine that has Node and npm, and nothing else.

const root = join(import.meta.dirname, "..")
const packages = readdirSync(join(root, "node_modules"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
  .flatMap(({ name }) =>
    name.startsWith("@")
      ? readdirSync(join(root, "node_modules", name)).map((inner) => `${name}/${inner}`)
      : [name],
  )
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"]

it("installs no package that npm would build with a compiler", () => {
  expect(packages).toContain("vitest")
  expect(packages.filter((name) => existsSync(join(root, "node_modules", name, "binding.gyp")))).toEqual([])
})

it("runs no install script but that of the Node it brings", () => {
  const scripted = packages.filter((name) => {
    const file = join(root, "node_modules", name, "package.json")
    const { scripts = {} } = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}
    return INSTALL_SCRIPTS.some((script) => script in scripts)
  })
  expect(scripted).toEqual(["node"])
})

it("brings a Node that needs no library beyond those of the smallest Debian", () => {
  const program = readFileSync(join(root, "node_modules/node/bin/node"))
  const libraries = new Set(
    program.toString("latin1").match(/\0(?:lib\w[\w+-]*|ld-linux-[\w-]+)\.so(?:\.\d+)*(?=\0)/g),
  )
  const known = [
    "libc",
    "libdl",
    "libm",
    "libpthread",
    "libstdc++",
    "libgcc_s",
    "ld-linux-x86-64",
    "ld-linux-aarch64",
  ]
  const strange = [...libraries]
    .map((name) => name.slice(1))
    .filter((name) => !known.includes(name.split(".so")[0]!))
  expect(strange).toEqual([])
})
