import { existsSync } from "node:fs"
import { type Command, InvalidArgumentError } from "commander"
import { createSessions, type Sessions } from "../index.ts"
import { connect } from "../stores/url.ts"
import type { Connection } from "../stores/url-connection.ts"
import { type UrlParts, urlParts } from "../stores/url-parts.ts"
import type { Backend } from "./backend.ts"
import { backendOf } from "./backends.ts"
import { EXIT, failure, sentence } from "./failure.ts"
import type { Invocation, Streams } from "./invocation.ts"
import { printable } from "./printable.ts"

/** What every command works with. */
export interface Run {
  readonly sessions: Sessions
  readonly connection: Connection
  readonly backend: Backend
  /** The store's URL without its password. */
  readonly label: string
  /** Where progress and questions go. */
  readonly streams: Streams
  /** Prints the command's answer: `value` as JSON for scripts, else `text`. */
  print(value: unknown, text: string): void
}

/** How a command wants its store. */
export interface RunOptions {
  /** Whether a file that is not there may be made. @default false */
  readonly mayCreate?: boolean
  /** Whether the command copes with a store that doesn't answer. @default false */
  readonly mayFail?: boolean
}

/** Opens the store, does the work, closes the store; the work's answer is the exit code. */
export async function withStore(
  command: Command,
  invocation: Invocation,
  work: (run: Run) => Promise<number>,
  { mayCreate = false, mayFail = false }: RunOptions = {},
): Promise<void> {
  const { store: url, json = false } = command.optsWithGlobals<{ store?: string; json?: boolean }>()
  if (!url) throw failure(EXIT.usage, "Say where the sessions are kept: --store URL, or SESSION_STORE=URL")
  const parts = understood(url)
  const isFile = (parts.kind === "sqlite" && parts.path !== ":memory:") || parts.kind === "file"
  if (isFile && !mayCreate && !existsSync(parts.path))
    throw failure(EXIT.store, `There is no ${parts.path}; the web application makes it, or holdfast migrate`)

  const connection = await opened(parts)
  try {
    if (!mayFail) await reached(connection, parts.label)
    invocation.exitCode = await work({
      // The widest limits there are: whatever the application's are, what is stored is shown.
      sessions: createSessions({ store: connection.store, absolute: MAX_AGE, warn: warnOn(invocation) }),
      connection,
      backend: backendOf(connection, parts),
      label: parts.label,
      streams: invocation,
      print: (value, text) => invocation.stdout.write(`${json ? printable(value, 2) : text}\n`),
    })
  } finally {
    await closed(connection)
  }
}

/** Resolves once the store has answered; else fails with the reason. */
export async function reached(connection: Connection, label: string): Promise<void> {
  try {
    await connection.connected()
  } catch (cause) {
    throw failure(EXIT.store, `The store ${label} can't be reached`, cause)
  }
}

/** Reads an option that is a whole number from 1 up. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1 up.")
  return Number(text)
}

function understood(url: string): UrlParts {
  try {
    return urlParts(url)
  } catch (error) {
    throw failure(EXIT.usage, sentence(error))
  }
}

async function opened(parts: UrlParts): Promise<Connection> {
  try {
    return await connect(parts, () => {})
  } catch (error) {
    const isWrong = error instanceof TypeError || (error as { code?: string }).code === "ERR_MODULE_NOT_FOUND"
    if (isWrong) throw failure(EXIT.usage, sentence(error))
    throw failure(EXIT.store, `The store ${parts.label} can't be opened`, error)
  }
}

/** Closes the connection, without waiting for a server that no longer answers: what had to be stored is stored. */
async function closed({ store }: Connection): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 1000)
  })
  await Promise.race([store.close().catch(() => {}), late])
  clearTimeout(timer)
}

function warnOn({ stderr }: Streams): (message: string) => void {
  return (message) => stderr.write(`holdfast: ${message}\n`)
}

const MAX_AGE = 400 * 86_400
