import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"

/** Installs the packages that the benchmarks compare with, where they are not there yet. */
export function installPeers(): void {
  if (existsSync(new URL("node_modules/undici", import.meta.url))) return
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: import.meta.dirname,
    stdio: "inherit",
  })
  if (status !== 0) throw new Error("npm ci failed in bench/")
}
