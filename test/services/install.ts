import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { findProgram } from "./server.ts"

/** Installs Debian packages, when this is Debian and we are root. `false` when it can't be done. */
export function installPackages(...names: string[]): boolean {
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) return false
  console.log(`installing ${names.join(", ")} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
  spawnSync("apt-get", ["update", "-qq"], { env, stdio: "ignore" })
  const { status } = spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  })
  return status === 0
}

/** The path of a program, installed from its Debian package if need be; `undefined` when it can't be had. */
export function ensureProgram(
  program: string,
  debianPackage: string,
  places: () => readonly string[] = () => [],
): string | undefined {
  const find = (): string | undefined => findProgram(program, ...places())
  return find() ?? (installPackages(debianPackage) ? find() : undefined)
}
