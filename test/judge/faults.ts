import { setTimeout as sleep } from "node:timers/promises"
import type { Arena } from "./backends.ts"

/** What is done to a backend while processes work on it. */
export type Fault = "cut" | "lose answers" | "pause" | "restart" | "fail over" | "kill a process"

/** The faults that can be done to a backend without its losing what it promised to keep. */
export function faultsOf({ server, wire, forgets, failOver }: Arena): readonly Fault[] {
  return [
    "kill a process",
    ...(wire ? (["cut", "lose answers"] as const) : []),
    ...(server ? (["pause"] as const) : []),
    ...(server && !forgets ? (["restart"] as const) : []),
    ...(failOver ? (["fail over"] as const) : []),
  ]
}

/** Does it, and undoes it. `killProcess` kills one of the processes at work, and starts another. */
export async function inflict(
  fault: Fault,
  { server, wire, failOver }: Arena,
  killProcess: () => Promise<void>,
): Promise<void> {
  switch (fault) {
    case "kill a process":
      return killProcess()
    case "cut":
      return wire!.cut()
    case "lose answers":
      wire!.dropAnswers()
      await sleep(30)
      return wire!.passAnswers()
    case "pause":
      server!.pause()
      await sleep(200)
      return server!.resume()
    case "restart":
      await server!.kill()
      return server!.restart()
    case "fail over":
      return failOver!()
  }
}
