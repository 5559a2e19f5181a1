import { join } from "node:path"

/** The parts of a store's directory. */
export interface Layout {
  readonly directory: string
  /** The sessions, each a directory under its id. */
  readonly sessions: string
  /** Where sessions are made ready, under random names. */
  readonly staging: string
  /** Which sessions may be whose: a directory for each user, named by a hash, with an empty file for each session. */
  readonly users: string
}

export function layoutOf(directory: string): Layout {
  return {
    directory,
    sessions: join(directory, "sessions"),
    staging: join(directory, "new"),
    users: join(directory, "users"),
  }
}

/** The directories in the store's own. */
export function partsOf({ sessions, staging, users }: Layout): readonly string[] {
  return [sessions, staging, users]
}

/** Whether a name is an id, and so may lead to a file. Sessions have 32 digits, users' marks 64. */
export function isId(name: string): boolean {
  return /^[0-9a-f]{32}(?:[0-9a-f]{32})?$/.test(name)
}
