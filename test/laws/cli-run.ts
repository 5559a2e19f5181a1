import { PassThrough, type Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { expect } from "vitest"
import { execute } from "../../src/cli/program.ts"
import type { Finding } from "../../src/stores/backend.ts"
import type { Ran } from "./cli-process.ts"

export interface RunOptions {
  readonly store?: string
}

// What the machine says must not reach the tests.
delete process.env.SESSION_STORE

/** Runs a command in this process, with nothing to read and nobody to watch. */
export async function holdfast(args: readonly string[], { store }: RunOptions = {}): Promise<Ran> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.end()
  const texts = [stdout, stderr].map((stream: Readable) => text(stream))
  const code = await execute(store === undefined ? args : [...args, "--store", store], {
    stdin,
    stdout,
    stderr,
  })
  stdout.end()
  stderr.end()
  const [out = "", err = ""] = await Promise.all(texts)
  return { code, stdout: out, stderr: err }
}

/** What doctor finds wrong with a store. That it is slow to answer is passed over: so it is on a busy machine. */
export async function problemsOf(store: string): Promise<Finding[]> {
  const { code, stdout, stderr } = await holdfast(["doctor", "--json"], { store })
  const { isFine, findings } = JSON.parse(stdout) as {
    isFine: boolean
    findings: Finding[]
  }
  expect({ code, stderr }).toEqual({ code: isFine ? 0 : 1, stderr: "" })
  return findings.filter(({ name, problem }) => problem && name !== "round trip")
}
