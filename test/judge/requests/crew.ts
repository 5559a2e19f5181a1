import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import type { SiteOrder } from "./server.ts"

/** The processes that serve a site. */
export interface Crew {
  /** The port of one of them. */
  port(): number
  /** Kills one of them, and starts another. */
  killOne(): Promise<void>
  end(): Promise<void>
}

/** Starts the processes. */
export async function startCrew(order: SiteOrder, count: number, random: () => number): Promise<Crew> {
  const crew: { readonly child: ChildProcess; readonly port: number }[] = []
  let failure: Error | undefined
  const pickIndex = (): number => Math.floor(random() * crew.length)

  async function start(): Promise<void> {
    const child = fork(join(import.meta.dirname, "server.ts"), [JSON.stringify(order)], {
      env: { ...process.env, NODE_ENV: "production" },
    })
    child.once("exit", (code) => {
      if (code) failure = new Error(`A process of the site ended with code ${code}`)
    })
    const gone = once(child, "exit").then(() => {
      throw failure ?? new Error("A process of the site ended before it served anything")
    })
    gone.catch(() => {})
    const [port] = (await Promise.race([once(child, "message"), gone])) as [number]
    crew.push({ child, port })
  }

  async function kill(index: number): Promise<void> {
    const [{ child }] = crew.splice(index, 1) as [(typeof crew)[number]]
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, "exit")
    child.kill("SIGKILL")
    await gone
  }

  await Promise.all(Array.from({ length: count }, start))
  return {
    port() {
      if (failure) throw failure
      return crew[pickIndex()]!.port
    },
    async killOne() {
      // The next one is there before, so that somebody answers meanwhile.
      await start()
      await kill(pickIndex())
    },
    async end() {
      while (crew.length > 0) await kill(0)
      if (failure) throw failure
    },
  }
}
