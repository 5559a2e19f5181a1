import { setTimeout } from "node:timers"
import type { Patience } from "./link.ts"

/**
 * Commands that a client was given and has not answered. Clients may write a command late (the connection broke or is congested), and
 * some write it again (over the next connection). One that nobody waits for any more is taken back before that.
 */
export interface UnderWay<Command> {
  add(command: Command): void
}

/** What a command that was taken back becomes: one that every server refuses, so that nobody takes its reply for an answer. */
export const TAKEN_BACK = "GET"

/** Whether a command was refused because it had been taken back. */
export function isTakenBack(error: unknown): boolean {
  return error instanceof Error && /wrong number of arguments for 'get'/i.test(error.message)
}

/**
 * @param takeBack Makes of a command, where it is still to be written, `TAKEN_BACK` without arguments.
 * @param unanswered Gives those of the commands that have no answer yet, in their order; the first was the `first` that was added.
 */
export function underWay<Command>(
  patience: Patience,
  takeBack: (command: Command) => void,
  unanswered: (commands: readonly Command[], first: number) => readonly Command[],
): UnderWay<Command> {
  // One timer and one look at the clock for many: to look after each would cost more than to send it.
  let latest: Command[] = []
  let since = 0
  let added = 0
  /** The oldest come first. */
  let earlier: Batch<Command>[] = []
  let isWatched = false

  const tick = (): number => Math.min(patience.current() / 4, TICK)

  function watch(): void {
    isWatched = true
    // The process may end meanwhile.
    setTimeout(look, tick()).unref()
  }

  function look(): void {
    isWatched = false
    const all = [...earlier, { since, end: added, commands: latest }]
    latest = []
    const expired = performance.now() - patience.current() + tick()
    earlier = []
    for (const { since, end, commands } of all) {
      const left = unanswered(commands, end - commands.length)
      if (since <= expired) left.forEach(takeBack)
      else if (left.length > 0) earlier.push({ since, end, commands: left })
    }
    if (earlier.length > 0) watch()
  }

  return {
    add(command) {
      if (latest.length === 0) since = performance.now()
      latest.push(command)
      added++
      if (!isWatched) watch()
    },
  }
}

/** What was added between two ticks, the first of it at this instant. */
interface Batch<Command> {
  readonly since: number
  /** How many had been added with the last of it. */
  readonly end: number
  readonly commands: readonly Command[]
}

/** In milliseconds: a command is taken back up to twice as much too early, so as not to be taken back too late. */
const TICK = 50
