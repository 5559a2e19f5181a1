import { type Command, InvalidArgumentError } from "commander"
import { createSessions, type SessionInfo, type Sessions } from "../index.ts"
import { type Address, type Backend, isAbsent, type OpenStore, type Upkeep } from "../stores/backend.ts"
import { addressOf } from "../stores/url/address.ts"
import { openBackend } from "../stores/url/open.ts"
import { EXIT, failure, misuse, sentence } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { type Patience, soon } from "./patience.ts"
import { printable } from "./printable.ts"
import type { Streams } from "./streams.ts"

/** What commands that look at sessions and clear them work with, whether they are ours or a Django site's. */
export interface Overview {
  readonly sessions: Pick<Sessions, "find" | "clearExpired">
  readonly upkeep: Pick<Upkeep, "countExpired"> & Partial<Pick<Upkeep, "clock">>
  /** The sessions are a Django site's: their ids are its keys, and when they began is when they were saved. */
  readonly isDjango?: boolean
  /** The store's URL without its password. */
  readonly label: string
  /** Where progress goes. */
  readonly streams: Streams
  /** What ends the command early. */
  readonly patience: Patience
  /** Prints the command's answer: `value` as JSON for scripts, else `text`. */
  print(value: unknown, text: string): void
  /** A user's live sessions, newest first; absent when they can't be found by their user. */
  listByUser?(userId: string): Promise<readonly SessionInfo[]>
}

/** What commands on a store of ours work with. */
export interface Run extends Overview {
  readonly sessions: Sessions
  readonly store: OpenStore
  readonly upkeep: Upkeep
}

/** How a command wants its store. */
export interface RunOptions {
  /** Whether a file that is not there may be made. @default false */
  readonly mayCreate?: boolean
  /** Whether the command copes with a store that can't be reached or doesn't answer. @default false */
  readonly mayFail?: boolean
  /** How many seconds an answer may take unless `--timeout` says it. @default 30 */
  readonly timeout?: number
}

/** Opens the store, does the work, closes the store; the work's answer is the exit code. */
export async function withStore(
  command: Command,
  invocation: Invocation,
  work: (run: Run) => Promise<number>,
  { mayCreate = false, mayFail = false, timeout }: RunOptions = {},
): Promise<void> {
  const address = storeAddress(command)
  const { label } = address
  const { patience } = invocation
  patience.expect(label, timeoutOf(command, timeout))
  const { store, upkeep } = await opened(address, mayCreate)
  if (mayFail) patience.trust()
  try {
    if (!mayFail) await reached(upkeep, label)
    // The widest limits there are: whatever the application's are, what is stored is shown. How long to wait is the command's matter.
    const sessions = createSessions({
      store,
      absolute: MAX_AGE,
      timeout: MOST_WAIT,
      warn: warnOn(invocation),
    })
    invocation.exitCode = await work({
      sessions,
      store,
      upkeep,
      label,
      streams: invocation,
      patience,
      print: printer(command, invocation),
      ...(store.listByUser && { listByUser: sessions.list }),
    })
  } finally {
    await closed(store)
  }
}

/** What the store's URL says. */
export function storeAddress(command: Command): Address {
  const { store } = command.optsWithGlobals<{ store?: string }>()
  if (!store) throw failure(EXIT.usage, "Say where the sessions are kept: --store URL, or SESSION_STORE=URL")
  return understood(store)
}

/** How many seconds the store may take for an answer. */
export function timeoutOf(command: Command, timeout = 30): number {
  return command.optsWithGlobals<{ timeout?: number }>().timeout ?? timeout
}

/** Prints a command's answer: as JSON with `--json`, else the text. */
export function printer(command: Command, { stdout }: Streams): Overview["print"] {
  const { json = false } = command.optsWithGlobals<{ json?: boolean }>()
  return (value, text) => void stdout.write(`${json ? printable(value, 2) : text}\n`)
}

/** Resolves once the store has answered; else fails with the reason. */
export async function reached(upkeep: Pick<Upkeep, "connected">, label: string): Promise<void> {
  try {
    await upkeep.connected()
  } catch (cause) {
    throw failure(EXIT.store, `The store ${label} can't be reached`, cause)
  }
}

/** Reads an option that is a whole number from 1 up. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1 up.")
  return Number(text)
}

/** Reads an option that is a number of seconds. */
export function seconds(text: string): number {
  const value = Number(text)
  if (!/^\d+(?:\.\d+)?$/.test(text) || value <= 0 || value > MOST_SECONDS)
    throw new InvalidArgumentError(`It must be a number of seconds, above 0 and at most ${MOST_SECONDS}.`)
  return value
}

/** What a URL says; a wrong one is a mistake in the command line. */
export function understood(url: string): Address {
  return misuse(() => addressOf(url))
}

/** The backend that the URL names. */
async function opened(address: Address, mayCreate: boolean): Promise<Backend> {
  return opening(address, () => openBackend(address, { onError: () => {}, mayCreate }))
}

/** What `open` gives; an error is told as one of the URL or of the store. */
export async function opening<Opened>(
  { label }: Address,
  open: () => Opened | Promise<Opened>,
): Promise<Opened> {
  try {
    return await open()
  } catch (error) {
    if (isAbsent(error)) throw failure(EXIT.store, error.message)
    const isWrong = error instanceof TypeError || (error as { code?: string }).code === "ERR_MODULE_NOT_FOUND"
    if (isWrong) throw failure(EXIT.usage, sentence(error))
    throw failure(EXIT.store, `The store ${label} can't be opened`, error)
  }
}

/** Closes the connection, without waiting for a server that no longer answers: what had to be stored is stored. */
export async function closed(store: { close(): Promise<unknown> }): Promise<void> {
  await soon(
    store.close().catch(() => {}),
    1000,
  )
}

/** Tells warnings on stderr. */
export function warnOn({ stderr }: Streams): (message: string) => void {
  return (message) => stderr.write(`holdfast: ${message}\n`)
}

const MAX_AGE = 400 * 86_400
const MOST_SECONDS = 86_400

/** In seconds: the most that sessions take. */
const MOST_WAIT = 600
