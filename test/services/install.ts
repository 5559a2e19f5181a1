import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"

/** Installs Debian packages, when this is Debian and we are root. `false` when it can't be done. */
export function installPackages(...names: string[]): boolean {
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) return false
  console.log(`installing ${names.join(", ")} …`)
  if (!hasLists) hasLists = aptGet(["update", "-qq"])
  return aptGet(["install", "-y", "-qq", "--no-install-recommends", ...names])
}

let hasLists = false

/** Installs a project by its lock file. `false` when it can't be done. */
export function installProject(directory: string): boolean {
  console.log(`installing the packages of ${directory} …`)
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: directory,
    stdio: ["ignore", "ignore", "inherit"],
  })
  return status === 0
}

/**
 * Runs apt-get. While another program holds a lock of the package manager, it waits up to `patience`
 * milliseconds and says so. `false`, after what apt-get had to say, when it failed.
 */
export function aptGet(
  args: readonly string[],
  { patience = 600_000, pause = 2000 }: { readonly patience?: number; readonly pause?: number } = {},
): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" }
  const end = Date.now() + patience
  for (let isFirst = true; ; isFirst = false) {
    const { status, stderr, error } = spawnSync("apt-get", args, {
      env,
      stdio: ["ignore", "ignore", "pipe"],
      encoding: "utf8",
    })
    if (status === 0) return true
    const lock = error ? undefined : LOCKED.exec(stderr)?.[0]
    if (!lock || Date.now() + pause > end) {
      console.warn(`apt-get ${args.join(" ")} failed: ${error?.message ?? stderr.trim()}`)
      return false
    }
    if (isFirst)
      console.log(`waiting up to ${Math.round(patience / 1000)} s for another package manager: ${lock}`)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
  }
}

/** How apt-get and dpkg say that somebody else is at work. */
const LOCKED = /^.*(?:Could not get lock|Unable to lock|Unable to acquire|locked by another process).*$/m
