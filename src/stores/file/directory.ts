import { constants } from "node:fs"
import { lstat, mkdir, open, readdir, rmdir, unlink } from "node:fs/promises"
import { join } from "node:path"

/** How files and directories are made: for their owner alone. */
export interface Making {
  /** Wait until the disk has what is made. */
  readonly sync: boolean
  /** Who is to own it; absent when this user does. */
  readonly owner: Owner | undefined
}

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** The names in a directory; `undefined` when there is none, or a link or file in its place. */
export async function namesIn(path: string): Promise<string[] | undefined> {
  const stats = await unless(["ENOENT"], lstat(path))
  return stats?.isDirectory() ? unless(["ENOENT", "ENOTDIR"], readdir(path)) : undefined
}

/** Makes a directory, if it is not there. `true` when it was not. */
export async function makeDirectory(path: string, { owner }: Making): Promise<boolean> {
  const isNew =
    (await unless(
      ["EEXIST"],
      mkdir(path, { mode: 0o700 }).then(() => true),
    )) ?? false
  if (!isNew && !(await lstat(path)).isDirectory()) throw new Error("A place for sessions is not a directory")
  if (isNew && owner) {
    await using directory = await open(path, DIRECTORY)
    await directory.chown(owner.uid, owner.gid)
  }
  return isNew
}

/** Writes a file that is not there yet. Its modification time carries `expiresAt`. */
export async function writeNew(path: string, text: string, expiresAt: number, making: Making): Promise<void> {
  await using file = await open(path, NEW, 0o600)
  await file.writeFile(text)
  if (making.owner) await file.chown(making.owner.uid, making.owner.gid)
  await file.utimes(expiresAt / 1000, expiresAt / 1000)
  if (making.sync) await file.sync()
}

/** Makes an empty file, if it is not there. `true` when it was not. */
export async function makeEmpty(path: string, { owner }: Making): Promise<boolean> {
  await using file = await unless(["EEXIST"], open(path, NEW, 0o600))
  if (owner) await file?.chown(owner.uid, owner.gid)
  return file !== undefined
}

/** Makes what happened in a directory, to its names, outlast a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, DIRECTORY)
  await directory.sync()
}

/** Removes files, and the directory too if that leaves it empty. What can't be removed now stays for the next sweep. */
export async function tidy(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) await unlink(join(directory, name)).catch(() => {})
  await rmdir(directory).catch(() => {})
}

/** What `work` gives, or `undefined` when it fails with one of these codes. */
export async function unless<T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (codes.includes(String((error as NodeJS.ErrnoException).code))) return undefined
    throw error
  }
}

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
