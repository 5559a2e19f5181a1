import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** An example of `examples/`. */
export interface ExamplePlan {
  /** Its program. */
  readonly script: string
  /** The environment that has it keep everything in this file. */
  readonly env: (file: string) => Readonly<Record<string, string>>
}

/** An example, running as a process of its own. */
export interface Example {
  readonly url: string
  /** The SQLite file of its sessions. */
  readonly file: string
  /** Sends the signal and gives the exit code; `null` when the process did not end by itself. */
  stop(signal: NodeJS.Signals): Promise<number | null>
  /** Starts it again, on the same port and file. */
  restart(): Promise<void>
  /** Ends it and removes its file. */
  close(): Promise<void>
}

/** What came of a start that was to fail. */
export interface FailedStart {
  readonly code: number | null
  readonly stderr: string
}

/** Starts an example on a free port, with a new SQLite file. */
export async function startExample(plan: ExamplePlan): Promise<Example> {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-example-"))
  const file = join(directory, "sessions.db")
  let { child, url } = await start(plan, "0", file)
  const { port } = new URL(url)

  async function stop(signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, "exit")
      child.kill(signal)
      await gone
    }
    return child.exitCode
  }

  return {
    url,
    file,
    stop,
    async restart() {
      ;({ child, url } = await start(plan, port, file))
    },
    async close() {
      await stop("SIGKILL")
      await rm(directory, { recursive: true })
    },
  }
}

/** Starts an example where it can't run, and waits for its end. */
export async function failExample(
  { script, env }: ExamplePlan,
  port: string,
  file: string,
): Promise<FailedStart> {
  const child = run(script, { ...env(file), PORT: port })
  let stderr = ""
  child.stderr?.on("data", (text) => {
    stderr += text
  })
  const [code] = await once(child, "close")
  return { code, stderr }
}

async function start(
  { script, env }: ExamplePlan,
  port: string,
  file: string,
): Promise<{ child: ChildProcess; url: string }> {
  const child = run(script, { ...env(file), PORT: port })
  let output = ""
  const url = await new Promise<string>((resolve, reject) => {
    const read = (text: Buffer): void => {
      output += text
      const printed = /http:\/\/localhost:\d+/.exec(output)
      if (printed) resolve(printed[0])
    }
    child.stdout?.on("data", read)
    child.stderr?.on("data", read)
    child.once("exit", () => reject(new Error(`${script} did not start (is dist/ built?)\n${output}`)))
  })
  return { child, url }
}

function run(script: string, env: Readonly<Record<string, string>>): ChildProcess {
  const path = fileURLToPath(new URL(`../../examples/${script}`, import.meta.url))
  const child = spawn(process.execPath, [path], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_ENV: "", ...env },
  })
  running.add(child)
  child.once("exit", () => running.delete(child))
  return child
}

// Whatever happens to the tests, no application outlives them.
const running = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL")
})
