import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { aptGet } from "../services/install.ts"

describe("apt-get, run by the tests", () => {
  let directory: string
  const say = { log: vi.spyOn(console, "log"), warn: vi.spyOn(console, "warn") }
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "holdfast-apt-"))
    vi.stubEnv("PATH", `${directory}:${process.env.PATH}`)
    for (const spy of Object.values(say)) spy.mockReset().mockImplementation(() => {})
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(directory, { recursive: true })
  })

  /** An apt-get that fails with this text, as many times as told, and works from then on. */
  function failing(times: number, text: string): void {
    const path = join(directory, "apt-get")
    const calls = join(directory, "calls")
    writeFileSync(
      path,
      `#!/bin/sh\necho "$LC_ALL $*" >> ${calls}\n[ $(wc -l < ${calls}) -gt ${times} ] && exit 0\necho '${text}' >&2\nexit 100\n`,
    )
    chmodSync(path, 0o755)
  }

  const calls = (): string[] => readFileSync(join(directory, "calls"), "utf8").trim().split("\n")

  it.each([
    "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (apt-get)",
    "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)",
    "E: Could not get lock /var/cache/apt/archives/lock. It is held by process 4711 (apt-get)",
    "dpkg: error: dpkg frontend lock was locked by another process with pid 4711",
    "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?",
  ])("waits for whoever is at work, and says for whom: %s", (text) => {
    failing(2, text)
    expect(aptGet(["install", "-y", "redis-server"], { pause: 10 })).toBe(true)
    expect(calls()).toEqual(Array(3).fill("C install -y redis-server"))
    expect(say.log.mock.calls).toEqual([[`waiting up to 600 s for another package manager: ${text}`]])
    expect(say.warn).not.toHaveBeenCalled()
  })

  it("gives up after a while, and says what apt-get had to say", () => {
    failing(1000, "E: Could not get lock /var/lib/dpkg/lock-frontend")
    expect(aptGet(["update"], { patience: 100, pause: 20 })).toBe(false)
    expect(say.warn.mock.calls).toEqual([
      ["apt-get update failed: E: Could not get lock /var/lib/dpkg/lock-frontend"],
    ])
  })

  it("does not wait for anything else", () => {
    failing(1000, "E: Unable to locate package redis-server")
    expect(aptGet(["install", "redis-server"])).toBe(false)
    expect(calls()).toHaveLength(1)
    expect(say.log).not.toHaveBeenCalled()
  })

  it("fails in a sentence where there is none", () => {
    vi.stubEnv("PATH", directory)
    expect(aptGet(["update"])).toBe(false)
    expect(say.warn).toHaveBeenCalledWith(
      expect.stringMatching(/^apt-get update failed: spawnSync apt-get ENOENT/),
    )
  })
})
