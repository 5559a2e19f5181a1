import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** What a run of the command line left. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A run under way. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  /** Resolves as soon as the text has come out on either stream. */
  seen(text: string): Promise<void>
  readonly ended: Promise<Ran>
}

export interface ProcessOptions {
  readonly store?: string
  /** Another copy of the program. */
  readonly main?: string
  /** A module to load before it. */
  readonly preload?: string
  /** Runs it on a terminal of its own, whose input and output are this process's pipes. */
  readonly isTerminal?: boolean
}

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))

/** Starts the real command line as a process of its own. */
export function start(
  args: readonly string[],
  { store, main = MAIN, preload, isTerminal }: ProcessOptions = {},
): Running {
  const { SESSION_STORE: _, ...env } = process.env
  const command = [process.execPath, ...(preload ? ["--import", preload] : []), main, ...args]
  const [file = "", ...rest] = isTerminal
    ? ["script", "-qec", command.map((word) => `'${word}'`).join(" "), "/dev/null"]
    : command
  const child = spawn(file, rest, { env: { ...env, ...(store && { SESSION_STORE: store }) } })
  let stdout = ""
  let stderr = ""
  const watchers = new Set<() => void>()
  child.stdout.on("data", (chunk) => {
    stdout += chunk
    for (const watch of watchers) watch()
  })
  child.stderr.on("data", (chunk) => {
    stderr += chunk
    for (const watch of watchers) watch()
  })
  const ended = new Promise<Ran>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  )
  return {
    child,
    ended,
    seen: (text) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          if (`${stdout}\n${stderr}`.includes(text)) resolve()
        }
        watchers.add(watch)
        watch()
        ended.then((ran) => reject(new Error(`It ended without "${text}": ${JSON.stringify(ran)}`)))
      }),
  }
}

/** Runs it to its end, with nothing to read. */
export function finish(args: readonly string[], options?: ProcessOptions): Promise<Ran> {
  const { child, ended } = start(args, options)
  child.stdin.end()
  return ended
}
