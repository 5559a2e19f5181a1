import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import { randomInt } from "node:crypto"
import { accessSync, constants } from "node:fs"
import { chown, mkdtemp, rm } from "node:fs/promises"
import { createServer, type Server as NetServer } from "node:net"
import { delimiter, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

/** A real server that a test started, and the hands on its throat. */
export interface Server {
  readonly url: string
  readonly port: number
  /** Stops the world for it: it answers nobody, its connections stay open. */
  pause(): void
  /** Lets it go on. */
  resume(): void
  /** kill -9. */
  kill(): Promise<void>
  /** Starts it again on the same port and data, after a `kill` or `stop`. */
  restart(): Promise<void>
  /** Ends it and removes its directory. */
  close(): Promise<void>
}

/** What it takes to run a server. */
export interface ServerPlan {
  readonly name: string
  readonly command: string
  readonly args: (port: number, directory: string) => readonly string[]
  /** Prepares the empty directory, before the first start only. */
  readonly prepare?: (directory: string, port: number) => Promise<void> | void
  /** Resolves once it answers; tried until it does, for 60 s. */
  readonly isReady: (port: number, directory: string) => Promise<boolean>
  readonly url: (port: number, directory: string) => string
  /** The user and group it runs as, when it refuses to run as root. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  readonly env?: Record<string, string>
}

/** Starts a server on a free port in a directory of its own. */
export async function startServer(plan: ServerPlan): Promise<Server> {
  const port = await freePort()
  const directory = await mkdtemp(join("/tmp", `holdfast-${plan.name}-`))
  if (plan.user) await chown(directory, plan.user.uid, plan.user.gid)
  await plan.prepare?.(directory, port)
  let child: ChildProcess | undefined
  let output = ""

  async function start(): Promise<void> {
    output = ""
    child = spawn(plan.command, [...plan.args(port, directory)], {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
      ...plan.user,
      env: { ...process.env, ...plan.env },
    })
    const started = child
    running.add(started)
    const keep = (text: Buffer): void => {
      output = (output + text).slice(-4000)
    }
    started.stdout?.on("data", keep)
    started.stderr?.on("data", keep)
    started.once("error", (error) => keep(Buffer.from(String(error))))
    started.once("exit", () => running.delete(started))
    const end = Date.now() + 60_000
    while (!(await plan.isReady(port, directory).catch(() => false))) {
      if (started.exitCode !== null || Date.now() > end)
        throw new Error(`${plan.name} did not start: ${plan.command}\n${output}`)
      await sleep(50)
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = child
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once("exit", resolve))
    const family = [ending.pid!, ...childrenOf(ending.pid!)]
    // One that is stopped dies as it is, and would first do what has reached it if it were let go on.
    if (signal !== "SIGKILL") send("SIGCONT", family)
    send(signal, signal === "SIGKILL" ? family : [ending.pid!])
    await Promise.race([gone, sleep(5000, undefined, { ref: false }).then(() => send("SIGKILL", family))])
    await gone
    while (family.some(isAlive)) await sleep(10)
  }

  function sendAll(signal: NodeJS.Signals): void {
    if (child?.pid !== undefined) send(signal, [child.pid, ...childrenOf(child.pid)])
  }

  /** The signal only asks: a thread on another processor may still be answering when it has been sent. */
  function pause(): void {
    if (child?.pid === undefined) return
    const family = [child.pid, ...childrenOf(child.pid)]
    send("SIGSTOP", family)
    for (const end = Date.now() + 30_000; family.some(isRunning) && Date.now() < end; );
  }

  await start()
  return {
    url: plan.url(port, directory),
    port,
    pause,
    resume: () => sendAll("SIGCONT"),
    kill: () => end("SIGKILL"),
    restart: start,
    async close() {
      await end("SIGTERM")
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/**
 * A port of this machine that is this process's until it ends: nobody listens on it, nor will before a server is started on it, or
 * started again. The system gives out none below 32768 by itself, and among the tests of this machine a port is
 * claimed by listening 5,000 further up. Ten thousand further up is the bus of a Redis Cluster on it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + randomInt(5000)
    const claim = await listening(port + 5000)
    const free = claim && (await listening(port))
    if (free) {
      claim.unref()
      await new Promise((resolve) => free.close(resolve))
      return port
    }
    claim?.close()
  }
}

/** A server on this port; `undefined` where there is one already. */
function listening(port: number): Promise<NetServer | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(undefined))
    server.listen(port, "127.0.0.1", () => resolve(server))
  })
}

/** The path of a program on this machine, looked for in `PATH` and the places given; `undefined` without. */
export function findProgram(name: string, ...places: string[]): string | undefined {
  return [...places, ...(process.env.PATH ?? "").split(delimiter)]
    .map((place) => join(place, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** The ids of a user of this system, when we are root and may become it. */
export function ordinaryUser(name: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync("id", [flag, name], { encoding: "utf8" }))
  return { uid: id("-u"), gid: id("-g") }
}

/** The processes that a server started in its turn: PostgreSQL has one for each connection. */
function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
  return (stdout ?? "").split("\n").filter(Boolean).map(Number)
}

/** Whether any thread of the process is not stopped. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-L", "-o", "stat=", "-p", String(pid)], { encoding: "utf8" })
  return (stdout ?? "").split("\n").some((state) => /^\s*[^TtZ\s]/.test(state))
}

/** Whether the process still runs; one that only waits to be collected does not. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" })
  return !/^\s*(Z|$)/.test(stdout ?? "")
}

function send(signal: NodeJS.Signals, pids: readonly number[]): void {
  for (const pid of pids)
    try {
      process.kill(pid, signal)
    } catch {
      // It is gone already.
    }
}

// Whatever happens to the tests, no server outlives them.
const running = new Set<ChildProcess>()
process.on("exit", () => {
  for (const { pid } of running) if (pid !== undefined) send("SIGKILL", [pid, ...childrenOf(pid)])
})
