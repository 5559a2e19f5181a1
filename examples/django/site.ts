import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { file, secretKey } from "./settings.ts"

/** The Django site, running as a process of its own. */
export interface Site {
  readonly port: number
  readonly process: ChildProcess
  /** Ends it. */
  close(): void
}

/** Starts the Django site; resolves once it answers. Rejects with a sentence when there is no Django. */
export async function startSite(): Promise<Site> {
  const python = PYTHONS.find((program) => spawnSync(program, ["-c", "import django"]).status === 0)
  if (!python) throw new Error("This example needs Django: sudo apt-get install python3-django")
  const child = spawn(python, [`${import.meta.dirname}/site/serve.py`], {
    env: { ...process.env, DATABASE: file, DJANGO_SECRET_KEY: secretKey, PYTHONDONTWRITEBYTECODE: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  })
  const lines = createInterface({ input: child.stdout })
  const [port] = await Promise.race([
    once(lines, "line"),
    once(child, "exit").then(() => Promise.reject(new Error("The Django site did not start"))),
  ])
  // It ends with its input, so also when this process is killed.
  return { port: Number(port), process: child, close: () => void child.stdin.end() }
}

/** Where Python may be: as the variable says, or else as a virtual environment has it, or Debian. */
const PYTHONS = process.env.PYTHON ? [process.env.PYTHON] : ["python3", "/usr/bin/python3"]
