import { CommanderError } from "commander"
import type { Output } from "./invocation.ts"

/** What the exit code tells a script. An interrupted run exits with 128 and the signal's number, as usual. */
export const EXIT = {
  /** It is done, or all is well. */
  done: 0,
  /** There was nothing there, or doctor found a problem. */
  nothing: 1,
  /** The command line, the store URL or the installation is wrong: trying again is no use. */
  usage: 2,
  /** The store failed: trying again may help. */
  store: 3,
} as const

/** An error that is told in one sentence and ends the command with `exitCode`. */
export function failure(exitCode: number, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { exitCode })
}

/** What `settle` gives; an option it refuses is a mistake in the command line. */
export function misuse<Result>(settle: () => Result): Result {
  try {
    return settle()
  } catch (error) {
    throw error instanceof TypeError ? failure(EXIT.usage, sentence(error)) : error
  }
}

/** Tells the error on stderr and gives the exit code. What is `secret` is blotted out wherever it occurs. */
export function tell(error: unknown, stderr: Output, isVerbose: boolean, secrets: readonly string[]): number {
  // Commander has told its own: usage errors on stderr, help and version on stdout.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  const text = isVerbose && error instanceof Error ? allOf(error) : `holdfast: ${sentence(error)}`
  const shown = secrets.reduce((left, secret) => left.replaceAll(secret, "***"), text)
  stderr.write(`${withoutPasswords(shown)}\n`)
  return (error as { exitCode?: number }).exitCode ?? EXIT.store
}

/** The text with `***` for the password of every URL in it, one that is written without care included. */
export function withoutPasswords(text: string): string {
  return text
    .replace(/(:\/\/[^\s:/@]*:)[^\s'"]*@/g, "$1***@")
    .replace(/([?&]pass[^=&\s]*=)[^&\s'"]*/gi, "$1***")
}

/** The message and, since a store's own error says what to mend, the reason behind it. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const reason = error.cause === undefined ? "" : sentence(error.cause)
  const message = error.message || firstOf(error) || String((error as { code?: unknown }).code ?? error.name)
  return reason === "" || message.includes(reason) ? message : `${message}: ${reason}`
}

/** What several attempts to connect (to IPv6 and IPv4, say) died of, which Node leaves without a message. */
function firstOf(error: Error): string | undefined {
  return error instanceof AggregateError ? sentence(error.errors[0]) : undefined
}

function allOf(error: Error): string {
  return `${error.stack}${error.cause instanceof Error ? `\ncaused by ${allOf(error.cause)}` : ""}`
}
