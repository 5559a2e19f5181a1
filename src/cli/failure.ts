import { CommanderError } from "commander"
import { withoutSteering } from "./printable.ts"
import type { Output } from "./streams.ts"

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
  stderr.write(`${withoutPasswords(withoutSecrets(withoutSteering(text), secrets))}\n`)
  return (error as { exitCode?: number }).exitCode ?? EXIT.store
}

/** What commander says of the command line, in which anything may have been typed anywhere. */
export function withoutTyped(text: string, args: readonly string[], secrets: readonly string[]): string {
  // What was typed is one line in an error, so that the rest of a URL is found.
  const typed = args
    .flatMap((arg) => [arg, arg.slice(arg.indexOf("=") + 1)])
    .filter((arg) => arg.includes("\n"))
  const onLines = typed.reduce((left, arg) => left.replaceAll(arg, arg.replaceAll("\n", "\\n")), text)
  const shown = withoutPasswords(withoutSecrets(withoutSteering(onLines), secrets))
  return shown.replace(/(?<!\bfile):\/\/[^\n]*@/g, "://***@")
}

/**
 * The text with `***` for what stands before the host of each URL in it, up to the last @ of the line: a password that was written
 * without care may hold anything. The name of a user alone stays.
 */
export function withoutPasswords(text: string): string {
  return text
    .replaceAll("'@'", NO_AT) // MySQL's way to name a user, which is no URL's
    .replace(/([?&][^=&\s]*(?:pass|pwd|secret|token)[^=&\s]*=)[^&\n]*/gi, "$1***")
    .replace(/(?<!\bfile):\/\/(?![\w.-]*@[^@\n]*$)[^\n]*@/gm, "://***@")
    .replaceAll(NO_AT, "'@'")
}

const NO_AT = "\0"

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, "***"), text)
}

/**
 * The message and, since a store's own error says what to mend, the reason behind it; without a full stop, so that whatever
 * shows it can go on.
 */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return unended(String(error))
  const reason = error.cause === undefined ? "" : sentence(error.cause)
  const message = unended(
    error.message || firstOf(error) || String((error as { code?: unknown }).code ?? error.name),
  )
  return reason === "" || message.includes(reason) ? message : `${message}: ${reason}`
}

function unended(text: string): string {
  return text.replace(/(?<!\.)\.\s*$/, "")
}

/** What several attempts to connect (to IPv6 and IPv4, say) died of, which Node leaves without a message. */
function firstOf(error: Error): string | undefined {
  return error instanceof AggregateError ? sentence(error.errors[0]) : undefined
}

function allOf(error: Error): string {
  return `${error.stack}${error.cause instanceof Error ? `\ncaused by ${allOf(error.cause)}` : ""}`
}
