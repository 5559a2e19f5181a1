import { PassThrough, type Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { execute } from "../../src/cli/program.ts"
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
