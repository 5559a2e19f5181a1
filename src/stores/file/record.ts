import { randomBytes } from "node:crypto"
import { constants, type Stats } from "node:fs"
import { type FileHandle, lstat, open, rename, unlink } from "node:fs/promises"
import { join } from "node:path"
import type { SessionRecord } from "../../core/record.ts"
import { type Making, makeEmpty, namesIn, syncDirectory, tidy, unless, writeNew } from "./directory.ts"

/**
 * One session on disk, a compare-and-swap register that several processes share without locks.
 *
 *     <id>/7-c0ffee…        user and payload of version 7; its modification time is the deadline
 *     <id>/head-7-c0ffee…   empty: its name says that version 7 is the one in force
 *
 * A writer of version 8 first writes `8-…`, then renames `head-7-…` to `head-8-…`. The rename is the whole
 * commit: it finds its source for one writer only, at whatever moment a process is killed there is one head
 * or none, and no version is ever named twice. A file whose number is not above the head's can't become the
 * head any more, so it may be removed without asking whose it was or how old it is. Without a head there is
 * no session, only leftovers.
 */
export interface Entry extends AsyncDisposable {
  readonly version: string
  /** 0 when the file is missing or no file: such a session is dead. */
  readonly expiresAt: number
  /** The version in force, open. */
  readonly file: FileHandle | undefined
  /** All that was in the directory. */
  readonly names: readonly string[]
}

/** The version in force, dead or alive; to be disposed of. `undefined` when there is none. */
export async function enter(directory: string): Promise<Entry | undefined> {
  let before: string | undefined
  for (;;) {
    const { names, version } = await look(directory)
    if (!version) return undefined
    const file = await unless(["ENOENT", "ELOOP"], open(join(directory, version), READ))
    // A head without its file was overtaken while we looked; one that stays so was tampered with.
    if (!file && version !== before) {
      before = version
      continue
    }
    const stats = await file?.stat()
    return {
      version,
      expiresAt: stats?.isFile() ? Math.round(stats.mtimeMs) : 0,
      file,
      names,
      [Symbol.asyncDispose]: async () => file?.close(),
    }
  }
}

/** User and payload, or `undefined` when the file is not whole. */
export async function contents({
  file,
}: Entry): Promise<Pick<SessionRecord, "userId" | "payload"> | undefined> {
  try {
    const [userId, payload] = JSON.parse((await file?.readFile("utf8")) ?? "")
    return { userId, payload }
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

/**
 * Writes the next version and puts it in force; `list` is called in between. `undefined`, and no trace, when another
 * version came first.
 */
export async function swap(
  directory: string,
  { version, names }: Entry,
  record: SessionRecord,
  making: Making,
  list: () => Promise<unknown>,
): Promise<string | undefined> {
  const next = newVersion(numberOf(version) + 1)
  let isDone: true | undefined
  try {
    await unless(["ENOENT"], writeNew(join(directory, next), textOf(record), record.expiresAt, making))
    await list()
    isDone = await unless(
      ["ENOENT"],
      rename(join(directory, HEAD + version), join(directory, HEAD + next)).then(() => true as const),
    )
  } finally {
    if (!isDone) await tidy(directory, [next])
  }
  if (!isDone) return undefined
  if (making.sync) await syncDirectory(directory)
  await tidy(directory, overtaken(names, next))
  return next
}

/** Ends the session if this is the version in force. */
export async function retire(directory: string, { version, names }: Entry, sync: boolean): Promise<boolean> {
  const isDone = await unless(
    ["ENOENT"],
    unlink(join(directory, HEAD + version)).then(() => true),
  )
  if (!isDone) return false
  if (sync) await unless(["ENOENT"], syncDirectory(directory))
  await tidy(directory, names)
  return true
}

/** Fills a directory with a first version in force, and names what it put there. */
export async function begin(directory: string, record: SessionRecord, making: Making): Promise<string[]> {
  const version = newVersion(1)
  await writeNew(join(directory, version), textOf(record), record.expiresAt, making)
  await makeEmpty(join(directory, HEAD + version), making)
  if (making.sync) await syncDirectory(directory)
  return [version, HEAD + version]
}

/**
 * What the file system says of the version in force, whose modification time is the deadline. `undefined` when there is
 * none.
 */
export async function statsOf(directory: string): Promise<Stats | undefined> {
  const { version } = await look(directory)
  return version === undefined ? undefined : unless(["ENOENT"], lstat(join(directory, version)))
}

/** Removes the session if it is dead, and what writers who died have left beside it. `true` when it was dead. */
export async function sweep(directory: string, sync: boolean): Promise<boolean> {
  const { names, version } = await look(directory)
  if (!version) {
    await tidy(directory, names)
    return false
  }
  await using entry = await enter(directory)
  if (!entry) return false
  if (entry.expiresAt <= Date.now()) return await retire(directory, entry, sync)
  await tidy(directory, overtaken(entry.names, entry.version))
  return false
}

/** What is in the directory, and the version its head names. */
async function look(directory: string): Promise<{ names: string[]; version: string | undefined }> {
  let names = (await namesIn(directory)) ?? []
  // POSIX lets a listing miss a file that is being renamed, so a missing head is looked for twice.
  if (names.length > 0 && !headOf(names)) names = (await namesIn(directory)) ?? []
  return { names, version: headOf(names) }
}

/** The files that can't come into force any more, once `version` has. */
function overtaken(names: readonly string[], version: string): string[] {
  return names.filter((name) => VERSION.test(name) && name !== version && numberOf(name) <= numberOf(version))
}

/** Of two heads, seen while one was renamed to the other, the later. */
function headOf(names: readonly string[]): string | undefined {
  return names
    .filter((name) => name.startsWith(HEAD) && VERSION.test(name.slice(HEAD.length)))
    .map((name) => name.slice(HEAD.length))
    .sort((one, other) => numberOf(other) - numberOf(one))[0]
}

function textOf({ userId, payload }: SessionRecord): string {
  return JSON.stringify([userId, payload])
}

function newVersion(number: number): string {
  return `${number}-${randomBytes(8).toString("hex")}`
}

function numberOf(version: string): number {
  return Number.parseInt(version, 10)
}

const HEAD = "head-"
const VERSION = /^\d{1,15}-[0-9a-f]{16}$/
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
