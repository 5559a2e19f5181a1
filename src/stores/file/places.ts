import { chownSync, existsSync, lstatSync, mkdirSync, type Stats, statSync } from "node:fs"
import { kindOf, shown } from "../../core/shown.ts"
import { absent } from "../backend.ts"
import type { Owner } from "./directory.ts"
import { type Layout, layoutOf, partsOf } from "./layout.ts"

/** Throws unless it is a path. */
export function checkPath(directory: string): void {
  if (typeof directory === "string" && directory !== "" && !/^[a-z+]{2,}:/i.test(directory)) return
  const got = directory === "" ? '""' : kindOf(directory)
  throw new TypeError(`The directory of fileStore(directory) must be a path; it is ${got}`)
}

/** Makes the directory and its parts, where they are not there. */
export function makePlaces(directory: string): Layout {
  const layout = layoutOf(directory)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  checkPrivate(directory, statSync(directory))
  const owner = ownerFor(directory)
  for (const part of partsOf(layout)) {
    const isNew = mkdirSync(part, { recursive: true, mode: 0o700 }) !== undefined
    checkPart(part, directory)
    if (isNew && owner) chownSync(part, owner.uid, owner.gid)
  }
  return layout
}

/** Finds the directory, and makes nothing in it. Some of its parts may be missing, but for the sessions. */
export function findPlaces(directory: string): Layout {
  const layout = layoutOf(directory)
  const stats = found(directory, `There is no ${directory}`)
  if (!stats.isDirectory()) throw new Error(`${directory} is not a directory`)
  found(layout.sessions, `There are no sessions in ${directory}`)
  checkPrivate(directory, stats)
  for (const part of partsOf(layout)) if (existsSync(part)) checkPart(part, directory)
  return layout
}

/** The parts that are not there. */
export function missingParts(layout: Layout): string[] {
  return partsOf(layout).filter((part) => !existsSync(part))
}

/** Who is to own what is made in the directory: what root makes there must be its owner's. */
export function ownerFor(directory: string): Owner | undefined {
  if (process.geteuid?.() !== 0) return undefined
  const { uid, gid } = statSync(directory)
  return uid === 0 ? undefined : { uid, gid }
}

function found(path: string, unless: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOENT") throw absent(`${unless}; the web application makes it, or holdfast migrate`)
    if (code === "EACCES") throw new Error(`This user may not look into ${path}. Ask as the user whose it is`)
    throw error
  }
}

function checkPrivate(directory: string, { mode }: Stats): void {
  if (mode & 0o022) throw refused("must not be writable by others; chmod 700 it", directory)
}

function checkPart(part: string, directory: string): void {
  if (!lstatSync(part).isDirectory()) throw refused(`must hold no link in place of ${part}`, directory)
}

function refused(rule: string, directory: string): TypeError {
  return new TypeError(`The directory of fileStore(directory) ${rule}; it is ${shown(directory, 200)}`)
}
