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
 * @param unanswered Gives those of the commands that have no answer yet, in their order.
 */
export function underWay<Command>(
  patience: Patience,
  takeBack: (command: Command) => void,
  unanswered: (commands: Command[]) => Command[],
): UnderWay<Command> {
  // One timer for all of them, which runs while there are any: to look after each would cost more than to send it.
  let latest: Command[] = []
  /** By when they were added, one list a tick, the oldest first. */
  let earlier: Command[][] = []
  let isWatched = false

  const tick = (): number => Math.min(patience.current() / 4, TICK)

  function watch(): void {
    isWatched = true
    // The process may end meanwhile.
    setTimeout(look, tick()).unref()
  }

  function look(): void {
    isWatched = false
    earlier = [...earlier, latest].map(unanswered)
    latest = []
    while (earlier.length > 0 && (earlier[0]!.length === 0 || earlier.length >= patience.current() / tick()))
      earlier.shift()!.forEach(takeBack)
    if (earlier.length > 0) watch()
  }

  return {
    add(command) {
      latest.push(command)
      if (!isWatched) watch()
    },
  }
}

/** In milliseconds: a command is taken back at most this much too early, and never too late. */
const TICK = 50
