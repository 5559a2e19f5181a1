import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"

/** A process of ours that answers one order at a time. */
export interface Partner<Order, Answer> {
  ask(order: Order): Promise<Answer>
  /** The next thing it says by itself. */
  next(): Promise<Answer>
  close(): Promise<void>
}

/**
 * Runs a file in a process of its own, on one core; with `isLast`, whoever else wants that core goes first. What the
 * process says to the terminal is kept for when it dies.
 */
export function start<Order extends object | string, Answer>(
  file: URL,
  core: number,
  { args = [], isLast = false }: { readonly args?: readonly string[]; readonly isLast?: boolean } = {},
): Partner<Order, Answer> {
  const child: ChildProcess = spawn(
    "taskset",
    ["-c", `${core}`, "nice", "-n", isLast ? "19" : "0", process.execPath, file.pathname, ...args],
    { stdio: ["ignore", "pipe", "pipe", "ipc"], env: { ...process.env, NODE_ENV: "production" } },
  )
  let said = ""
  const keep = (text: Buffer): void => {
    said = (said + text).slice(-4000)
  }
  child.stdout?.on("data", keep)
  child.stderr?.on("data", keep)
  const gone = once(child, "exit").then(([code]) => {
    throw new Error(`${file.pathname} ${args.join(" ")} ended with ${code}\n${said}`)
  })
  gone.catch(() => {})

  async function next(): Promise<Answer> {
    const [answer] = await Promise.race([once(child, "message"), gone])
    if ((answer as { failure?: string }).failure) throw new Error((answer as { failure: string }).failure)
    return answer as Answer
  }
  return {
    next,
    ask(order) {
      const answer = next()
      child.send(order)
      return answer
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill()
      await gone.catch(() => {})
    },
  }
}

/** Moves this process, and those it will start, to one core. */
export async function settleOn(core: number): Promise<void> {
  const child = spawn("taskset", ["--all-tasks", "-cp", `${core}`, `${process.pid}`], { stdio: "ignore" })
  const [code] = await once(child, "exit")
  if (code !== 0) throw new Error(`taskset could not move this process to core ${core}`)
}
