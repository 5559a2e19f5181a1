import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import type { Plan, Served } from "./site.ts"

/** The site on Django, in a process of its own beside this one and on the same core. */
export default async function site(plan: Plan): Promise<Served> {
  const page = new URL("django_site.py", import.meta.url).pathname
  const child = spawn("/usr/bin/python3", [page, JSON.stringify(plan)], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  process.once("exit", () => child.kill("SIGKILL"))
  process.once("SIGTERM", () => process.exit())
  const gone = once(child, "exit").then(() => {
    throw new Error("Django did not start")
  })
  const [port] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), gone])
  gone.catch(() => {})
  return { port: Number(port), cpu: () => cpuOf(child) }
}

/** What Linux counts, in ticks of a hundredth of a second. */
function cpuOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ")
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
