import { hash } from "node:crypto"
import type { SessionRecord } from "../../core/record.ts"
import { digitsOf, recordOf, textOf, WIDTH } from "../record-text.ts"

// A session is one string: its head of fixed width (mark, deadline, owner), then what record-text.ts writes. One string, not
// a hash: it takes a third less memory when small, and a fifth less time to read. A user's sessions are a sorted set: ids
// by deadlines.

const DEADLINE = WIDTH.mark
const OWNER = DEADLINE + WIDTH.deadline

/** The width of the head. */
const HEAD = OWNER + WIDTH.tag

/** What the keys of a store are. Owners and ids have a fixed length, so that no two prefixes make the same key of either kind. */
export interface Keys {
  /** Where a session lies. */
  readonly session: (id: string) => string
  /** Where the index of an owner's sessions lies. */
  readonly user: (owner: string) => string
}

export function keysOf(prefix: string): Keys {
  return { session: (id) => `${prefix}session:${id}`, user: (owner) => `${prefix}user:${owner}` }
}

/** Whether it is a key of the store. */
export function isKeyOf({ session, user }: Keys, key: string): boolean {
  const rest = (beginning: string): string => (key.startsWith(beginning) ? key.slice(beginning.length) : "")
  return /^(?:[\da-f]{32}){1,2}$/.test(rest(session(""))) || OWNER_TEXT.test(rest(user("")))
}

const OWNER_TEXT = new RegExp(`^[\\w-]{${WIDTH.tag}}$`)

/** What `MATCH` finds keys by that begin with a text. */
export function beginningWith(text: string): string {
  return `${text.replace(/[*?[\]\\^-]/g, "\\$&")}*`
}

/** What a session's head says: the version of its record, as the store gives it. */
export interface Head {
  /** Tells one write from another. */
  readonly mark: string
  readonly expiresAt: number
  readonly owner: string
}

/** The owner of a session that nobody has signed in to. */
export const NOBODY: string = " ".repeat(WIDTH.tag)

/** A user as keys and heads name them: of one length, and without telling who it is. */
export function ownerOf(userId: string | null): string {
  return userId === null ? NOBODY : hash("sha256", userId, "base64url").slice(0, WIDTH.tag)
}

/** Whether it is an owner that has an index; `""` is that of no record. */
export function isSomebody(owner: string): boolean {
  return owner !== NOBODY && owner !== ""
}

/** The head of a text, which is the version of its record: a writer knows what it writes over without another look. */
export function versionOf(text: string): string {
  return text.slice(0, HEAD)
}

/** The parts of a head; each is `""` or 0 where there is none. */
export function headOf(version: string): Head {
  return {
    mark: version.slice(0, DEADLINE),
    expiresAt: Number(version.slice(DEADLINE, OWNER)),
    owner: version.slice(OWNER, HEAD),
  }
}

/** A record as the string that lies under its key. `owner` is its user's. */
export function sessionText(record: SessionRecord, mark: string, owner: string): string {
  return textOf(record, mark, owner)
}

/** The record in such a string; `undefined` when it is something else or damaged. */
export function recordIn(id: string, text: string): SessionRecord | undefined {
  return recordOf(id, text)?.record
}

/** A deadline as a head has it. */
export const deadlineText: (expiresAt: number) => string = digitsOf

/** How scripts look at the parts of the session under a key, and write them. Names are Lua expressions. */
export const LUA = {
  mark: (key: string): string => `redis.call('GETRANGE', ${key}, 0, ${DEADLINE - 1})`,
  head: (key: string): string => `redis.call('GETRANGE', ${key}, 0, ${HEAD - 1})`,
  /** Whether a head is whole. */
  isWhole: (head: string): string => `#${head} == ${HEAD}`,
  ownerIn: (head: string): string => `string.sub(${head}, ${OWNER + 1})`,
  setDeadline: (key: string, digits: string): string =>
    `redis.call('SETRANGE', ${key}, ${DEADLINE}, ${digits})`,
} as const
