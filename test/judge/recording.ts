import { closeSync, openSync, readFileSync, writeSync } from "node:fs"
import type { StoreCall } from "../../src/testing/history/call.ts"
import type { Recording } from "../../src/testing/history/recorder.ts"

/** A recording in a file, a line for each beginning and each end, which a kill of the process leaves whole. */
export function recordingTo(path: string): { readonly record: Recording; close(): void } {
  const file = openSync(path, "a")
  const write = (line: readonly unknown[]): void => void writeSync(file, `${JSON.stringify(line)}\n`)
  let last = 0
  return {
    record(call) {
      const number = ++last
      write([number, call])
      return (end, answer) => write([number, end, answer])
    },
    close: () => closeSync(file),
  }
}

type Line =
  | [number: number, call: Omit<StoreCall, "end" | "answer">]
  | [number: number, end: number | null, answer?: never]

/** The calls in the files. One that never ended, or ended with an error, has no answer. */
export function callsIn(paths: readonly string[]): StoreCall[] {
  return paths.flatMap((path) => {
    const calls = new Map<number, StoreCall>()
    for (const text of readFileSync(path, "utf8").split("\n")) {
      const line = lineOf(text)
      if (!line) continue
      const [number, what] = line
      if (typeof what === "object" && what !== null)
        calls.set(number, { ...what, end: Number.POSITIVE_INFINITY })
      // JSON has no Infinity, and leaves out an answer that is not there.
      else if (typeof what === "number" && line.length === 3 && line[2] !== undefined)
        calls.set(number, { ...calls.get(number)!, end: what, answer: line[2] })
    }
    return [...calls.values()]
  })
}

/** The last line of a process that was killed may be torn. */
function lineOf(text: string): Line | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
